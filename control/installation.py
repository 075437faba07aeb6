"""The installation on this machine: its folders, its secrets, and what `mw up` that runs now listens on."""

from __future__ import annotations

import fcntl
import os
import secrets
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, Final

import orjson

from control.seal_keys import new_key_id
from control.settings import Settings
from streams.clock import SYSTEM_CLOCK
from streams.errors import ConfigurationError, DependencyError
from streams.sealing import generate_key

_SECRETS: Final[Mapping[str, Callable[[], str]]] = {
    "MW_SEAL_KEYS": lambda: generate_key(new_key_id(SYSTEM_CLOCK.now())),
    "MW_INGRESS_TOKENS": lambda: secrets.token_urlsafe(24),
    "MW_RICHPANEL_API_KEY": lambda: secrets.token_urlsafe(24),
    "MW_CUSTOMER_KEY": lambda: secrets.token_urlsafe(24),
}


class Installation:
    """Folders and files under ``settings.home``. Secrets are made once and readable by the owner alone."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.home = settings.home
        self._state = self.home / "up.json"
        self._lock: int | None = None

    def secrets(self) -> dict[str, str]:
        """``MW_*`` variables with this installation's own secrets, made at the first call.

        Raises ConfigurationError where the file cannot be read or written.
        """
        with self._usable_secrets():
            kept: dict[str, str] = self._kept_secrets()
            if not kept.keys() >= _SECRETS.keys():  # the first time, or a later release needs one more
                self._make_home()
                with self._one_writer():
                    kept = self._kept_secrets()
                    kept = {name: kept.get(name) or make() for name, make in _SECRETS.items()} | kept
                    _write_private(self.secrets_path, kept)
        return kept

    @property
    def secrets_path(self) -> Path:
        """Where this installation's own secrets stand."""
        return self.home / "secrets.json"

    def change_secret(self, name: str, change: Callable[[str], str]) -> str:
        """Rewrite secret ``name`` (``MW_...``, made already) as ``change`` of its value says; the new value.

        One writer at a time: of two keys added at once neither may be lost, since a start in between would seal with
        it. Whatever ``change`` raises leaves the file as it was. Raises ConfigurationError like ``secrets``.
        """
        with self._usable_secrets(), self._one_writer():
            kept: dict[str, str] = orjson.loads(self.secrets_path.read_bytes())
            value = change(kept.get(name, ""))
            _write_private(self.secrets_path, {**kept, name: value})
        return value

    def _kept_secrets(self) -> dict[str, str]:
        return orjson.loads(self.secrets_path.read_bytes()) if self.secrets_path.exists() else {}

    @contextmanager
    def _usable_secrets(self) -> Iterator[None]:
        try:
            yield
        except (OSError, ValueError) as exc:
            raise ConfigurationError(
                f"{self.secrets_path} cannot be used ({type(exc).__name__}); set MW_HOME to a folder of yours"
            ) from None

    @contextmanager
    def _one_writer(self) -> Iterator[None]:
        lock = os.open(self.home / "secrets.lock", os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield
        finally:
            os.close(lock)

    def lock(self) -> None:
        """Claim this installation until the process ends.

        Raises DependencyError where another one has it, ConfigurationError where its folder cannot be used.
        """
        try:
            self._make_home()
            self._lock = os.open(self.home / "up.lock", os.O_RDWR | os.O_CREAT, 0o600)
        except OSError as exc:
            raise ConfigurationError(
                f"{self.home} cannot be used ({exc.strerror}); set MW_HOME to a folder of yours"
            ) from None
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            running = self.running() or {}
            where = f" (pid {running['pid']}, ingress {running['MW_INGRESS_URL']})" if running else ""
            raise DependencyError(
                f"mw up is running here already{where}; stop it, or set MW_HOME for a second installation"
            ) from None

    def announce(self, variables: Mapping[str, Any]) -> None:
        """Let other commands find what runs: ``variables`` are settings (``MW_...``) to use while this lives.

        Our own secrets among them are left out: they stand in a file of their own, and every copy is one more to guard.
        What Kafka demands stands nowhere else, so it is kept here, for the owner alone, until ``withdraw``.
        """
        secret = self.secrets_if_any()
        public = {name: value for name, value in variables.items() if name not in secret}
        _write_private(self._state, {"pid": os.getpid(), **public})

    def withdraw(self) -> None:
        """Nothing runs any more."""
        with suppress(FileNotFoundError):
            self._state.unlink()

    def running(self) -> dict[str, Any] | None:
        """What the living `mw up` announced, or None."""
        try:
            state: dict[str, Any] = orjson.loads(self._state.read_bytes())
            os.kill(int(state["pid"]), 0)
        except (OSError, ValueError, KeyError):
            return None
        return state

    def settings_of_running(self) -> Settings:
        """Our settings, completed by what the running `mw up` announced where the environment says nothing.

        Where the environment names another cluster, nothing of this one is said to it: no password goes astray.
        """
        given = self.settings.model_fields_set
        known = {**self.secrets_if_any(), **(self.running() or {})}
        if "kafka_bootstrap_servers" in given:
            known = {name: value for name, value in known.items() if not name.startswith("MW_KAFKA_")}
        found = {
            name: known[f"MW_{name.upper()}"]
            for name in Settings.model_fields
            if name not in given and f"MW_{name.upper()}" in known
        }
        return Settings(**{**self.settings.model_dump(include=given), **found})

    def secrets_if_any(self) -> dict[str, str]:
        """The secrets where they were made already; never makes them."""
        return self.secrets() if self.secrets_path.exists() else {}

    def _make_home(self) -> None:
        """Make the folder, for its owner alone: Kafka's data under it holds what customers wrote."""
        if not self.home.exists():
            self.home.parent.mkdir(parents=True, exist_ok=True)
            self.home.mkdir(mode=0o700, exist_ok=True)

    def log_file(self, name: str) -> Path:
        """The log of process ``name``; one that has grown beyond 10 MB is put aside first."""
        path = self.home / "logs" / f"{name}.log"
        path.parent.mkdir(parents=True, exist_ok=True)
        if path.exists() and path.stat().st_size > 10_000_000:
            path.replace(path.with_suffix(".log.1"))
        return path


def _write_private(path: Path, content: Mapping[str, Any]) -> None:
    """``content`` as JSON that the owner alone can read; a crash leaves the former file or the whole new one."""
    fresh = path.with_suffix(".new")
    fresh.unlink(missing_ok=True)  # one that was left behind could be open to others
    with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(orjson.dumps(content))
        file.flush()
        os.fsync(file.fileno())  # after a power cut, too: without its keys what is sealed can never be read
    fresh.replace(path)
