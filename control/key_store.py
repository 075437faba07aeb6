"""Where the seal keys of this installation stand: in ``MW_SEAL_KEYS``, which we cannot write, or in `mw up`'s file.

Why a key in the file may seal at once, and one from the environment may not, is in docs/keys-and-deletion.md: the
processes of `mw up` read the file together, once; processes that a platform starts read the environment one by one.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from control.installation import Installation
from control.seal_keys import Ring, parse, text
from control.settings import Settings
from streams.errors import ConfigurationError

_NAME = "MW_SEAL_KEYS"


@dataclass(frozen=True)
class KeyStore:
    """The ring as it is kept now. Its repr shows no key."""

    ring: Ring = field(repr=False)
    writable: bool
    place: str
    _installation: Installation = field(repr=False)

    @classmethod
    def of(cls, settings: Settings) -> KeyStore:
        """The environment's keys, else those of the file, else none. Raises ConfigurationError for an unusable ring."""
        installation = Installation(settings)
        if settings.is_set("seal_keys") or not installation.secrets_path.exists():
            return cls(parse(settings.seal_keys.get_secret_value()), False, _NAME, installation)
        ring = parse(installation.secrets().get(_NAME, ""))
        return cls(ring, True, str(installation.secrets_path), installation)

    @property
    def shadows_file(self) -> bool:
        """Whether `mw up` has keys of its own beside those of the environment: it uses its own."""
        return not self.writable and self._installation.secrets_path.exists()

    @property
    def in_use_here(self) -> bool:
        """Whether `mw up` runs, with the keys of the file as they were at its start."""
        return self.writable and self._installation.running() is not None

    def require(self, *, printed: bool, command: str) -> None:
        """Raises ConfigurationError where the operator has to store the value and did not ask for it (``printed``), or
        asked for what stands in our file. ``command``: how to call again."""
        if self.writable and printed:
            raise ConfigurationError(f"the seal keys stand in {self.place}, which is rewritten: leave --print out")
        if not self.writable and not printed:
            raise ConfigurationError(
                f"the seal keys come from {_NAME}, which mw cannot write: `{command} --print` prints the new value for"
                " your secret store"
            )

    def changed(self, change: Callable[[Ring], Ring]) -> Ring:
        """The ring as ``change`` makes it, written where we can write. Raises what ``change`` raises."""
        if self.writable:
            return parse(self._installation.change_secret(_NAME, lambda value: text(change(parse(value)))))
        return change(self.ring)
