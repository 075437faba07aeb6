"""Seals what customers wrote, so that between ingress and sanitize only bytes travel that nobody else can read.

AES-256-GCM (NIST SP 800-38D) with a random 96-bit nonce; the ticket event's id is the associated data, so a sealed
body cannot be moved to another event. The first key of the ring seals, every key opens: nobody may seal with a key
before every sanitize worker has it, and a key that is taken away makes what it sealed unreadable for good
(docs/keys-and-deletion.md). Random nonces allow 2**32 seals with one key (SP 800-38D, 8.3), which is more than two
thousand years at 5,000 messages a day.
"""

from __future__ import annotations

import base64
import binascii
import os
import re
import uuid
from collections.abc import Iterable, Mapping

import orjson
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from streams.errors import ConfigurationError, SealUnopenable
from streams.events import Sealed
from streams.facts import NOBODY, Contact

_KEY_BYTES = 32
_NONCE_BYTES = 12
_KEY_ID = re.compile(r"[A-Za-z0-9_-]{1,32}")  # as ``events.Sealed.key_id``


class SealedBody(BaseModel):
    """What a sealed webhook body holds once opened. Kept in memory for one event; its repr shows nothing."""

    model_config = ConfigDict(frozen=True, extra="ignore")
    message: str | None = Field(None, repr=False)
    ticket_url: str | None = Field(None, repr=False)
    customer: Contact = Field(NOBODY, repr=False)


class KeyRing:
    """Keys by id; the first seals, all open. ``repr`` and ``str`` show ids only."""

    __slots__ = ("_ciphers", "_sealing_id")

    def __init__(self, keys: Mapping[str, bytes]) -> None:
        """``keys``: 32 bytes each, by id, in order. Raises ConfigurationError for an empty or unusable ring."""
        if not keys:
            raise ConfigurationError("there is no seal key: set MW_SEAL_KEYS to id:base64 of 32 random bytes")
        for position, (key_id, key) in enumerate(keys.items(), start=1):
            if not _KEY_ID.fullmatch(key_id):
                raise ConfigurationError(f"seal key {position}: its id must be 1 to 32 of A-Z a-z 0-9 _ -")
            if len(key) != _KEY_BYTES:
                raise ConfigurationError(f"seal key {key_id}: the key has {len(key)} bytes, {_KEY_BYTES} are needed")
        if len(set(keys.values())) < len(keys):
            raise ConfigurationError("two seal keys are the same: each id needs a key of its own")
        self._ciphers = {key_id: AESGCM(key) for key_id, key in keys.items()}
        self._sealing_id = next(iter(keys))

    @classmethod
    def parse(cls, entries: Iterable[str]) -> KeyRing:
        """The ring of ``entries``, each ``id:base64 of 32 bytes`` (setting ``MW_SEAL_KEYS``).

        Raises ConfigurationError saying which entry is wrong and how, never with any part of a key.
        """
        keys: dict[str, bytes] = {}
        for position, entry in enumerate(entries, start=1):
            key_id, colon, encoded = entry.strip().partition(":")
            # Without the colon the first part may be the key itself, so it is not repeated.
            if not colon or not _KEY_ID.fullmatch(key_id):
                raise ConfigurationError(f"seal key {position} is not of the form id:base64 (id: A-Z a-z 0-9 _ -)")
            if key_id in keys:
                raise ConfigurationError(f"seal key {key_id} is given twice: each key needs an id of its own")
            try:
                keys[key_id] = _decode(encoded)
            except ValueError:
                raise ConfigurationError(f"seal key {key_id}: what follows the colon is not base64") from None
        return cls(keys)

    @property
    def key_ids(self) -> tuple[str, ...]:
        """Ids of the keys, the sealing one first."""
        return tuple(self._ciphers)

    def seal(self, plaintext: bytes, context: bytes) -> Sealed:
        """``plaintext`` sealed with the first key and bound to ``context``."""
        nonce = os.urandom(_NONCE_BYTES)
        ciphertext = self._ciphers[self._sealing_id].encrypt(nonce, plaintext, context)
        return Sealed(key_id=self._sealing_id, nonce=_encode(nonce), ciphertext=_encode(ciphertext))

    def open(self, sealed: Sealed, context: bytes) -> bytes:
        """The plaintext of ``sealed``. Raises SealUnopenable: key gone, bytes altered, or another context."""
        cipher = self._ciphers.get(sealed.key_id)
        if cipher is None:
            raise SealUnopenable(f"the body was sealed with key {sealed.key_id}, which is not in MW_SEAL_KEYS")
        try:
            nonce, ciphertext = _decode(sealed.nonce), _decode(sealed.ciphertext)
        except ValueError:
            raise SealUnopenable("the sealed body is not base64: it was altered") from None
        if len(nonce) != _NONCE_BYTES:
            raise SealUnopenable(f"the sealed body's nonce has {len(nonce)} bytes, {_NONCE_BYTES} are needed")
        try:
            return cipher.decrypt(nonce, ciphertext, context)
        except InvalidTag:
            raise SealUnopenable("the sealed body was altered, or belongs to another ticket event") from None

    def __repr__(self) -> str:
        return f"KeyRing(key_ids={self.key_ids})"

    def __reduce__(self) -> str:
        raise TypeError("a key ring is not written anywhere")


def generate_key(key_id: str) -> str:
    """A new random key as ``MW_SEAL_KEYS`` takes it. Raises ConfigurationError for an unusable id."""
    if not _KEY_ID.fullmatch(key_id):
        raise ConfigurationError("a seal key's id must be 1 to 32 of A-Z a-z 0-9 _ -")
    return f"{key_id}:{_encode(os.urandom(_KEY_BYTES))}"


def seal_body(ring: KeyRing, body: SealedBody, event_id: uuid.UUID) -> Sealed:
    """``body`` sealed for ticket event ``event_id``."""
    return ring.seal(orjson.dumps(body.model_dump()), event_id.bytes)


def open_body(ring: KeyRing, sealed: Sealed, event_id: uuid.UUID) -> SealedBody:
    """What ``seal_body`` sealed. Raises SealUnopenable, whose message holds nothing of the body."""
    raw = ring.open(sealed, event_id.bytes)
    try:
        return SealedBody.model_validate_json(raw)
    except ValidationError:
        raise SealUnopenable("the sealed body opens, but what it holds is not a webhook body") from None


def _encode(raw: bytes) -> str:
    return base64.b64encode(raw).decode("ascii")


def _decode(text: str) -> bytes:
    """Strict base64: one text for one value, so that no altered character goes unnoticed. Raises ValueError."""
    try:
        raw = base64.b64decode(text, validate=True)
    except binascii.Error:
        raise ValueError("not base64") from None
    if _encode(raw) != text:
        raise ValueError("not canonical base64")
    return raw
