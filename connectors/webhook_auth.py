"""Whether a webhook comes from who it should: judged over the raw bytes, before anything is parsed. Pure.

Authentic is a Standard-Webhooks signature (standardwebhooks.com, symmetric scheme v1) or the static header
``X-Middleware-Token``. Where a signature can be checked and one is sent, it alone decides: a valid token does not
make up for a wrong signature. Of both kinds two secrets are valid at once, so that they can be rotated.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Final, Self

from streams.errors import ConfigurationError

TOLERANCE_S: Final = 300
"""How far a signed timestamp may be from now, both ways (Standard Webhooks: "5 minutes")."""

_MAX_SECRETS: Final = 2
_PREFIX: Final = "whsec_"
_VISIBLE_ASCII: Final = re.compile(r"[!-~]+")
_WEBHOOK_ID: Final = re.compile(r"[!-~]{1,256}")
_TIMESTAMP: Final = re.compile(r"0|[1-9][0-9]{0,11}")  # seconds, written in one way only


class AuthFailure(StrEnum):
    """Why a request is not authentic; the value is the error code that the client reads."""

    NO_CREDENTIALS = "no_credentials"  # neither a signature nor a token that could be checked
    UNKNOWN_TOKEN = "unknown_token"  # noqa: S105  (an error code)
    MALFORMED_SIGNATURE = "malformed_signature"  # one of the three headers is missing or has the wrong form
    WRONG_SIGNATURE = "wrong_signature"
    TIMESTAMP_TOO_OLD = "timestamp_too_old"
    TIMESTAMP_IN_FUTURE = "timestamp_in_future"


class Unauthorised(Exception):
    """The request does not come from who it should."""

    def __init__(self, reason: AuthFailure) -> None:
        super().__init__(reason.value)
        self.reason = reason


@dataclass(frozen=True)
class WebhookAuth:
    """What is accepted: SHA-256 digests of tokens (so that comparisons are of equal length), and signing secrets."""

    token_digests: tuple[bytes, ...] = field(repr=False)
    secrets: tuple[bytes, ...] = field(repr=False)

    @classmethod
    def parse(cls, *, tokens: Iterable[str] = (), secrets: Iterable[str] = ()) -> Self:
        """From ``MW_INGRESS_TOKENS`` (visible ASCII) and ``MW_WEBHOOK_SECRETS`` (``whsec_`` + base64).

        Raises ConfigurationError, never with the value, for a malformed one, for more than two of a kind, and where
        there is none at all: the ingress takes nothing unauthenticated.
        """
        tokens, secrets = tuple(tokens), tuple(secrets)
        if not tokens and not secrets:
            raise ConfigurationError("set MW_INGRESS_TOKENS or MW_WEBHOOK_SECRETS: without one no webhook is authentic")
        for variable, values in (("MW_INGRESS_TOKENS", tokens), ("MW_WEBHOOK_SECRETS", secrets)):
            if len(values) > _MAX_SECRETS:
                raise ConfigurationError(f"{variable} holds {len(values)} values, at most {_MAX_SECRETS} are accepted")
        for position, token in enumerate(tokens, start=1):
            if not _VISIBLE_ASCII.fullmatch(token):
                raise ConfigurationError(f"MW_INGRESS_TOKENS, value {position}: visible ASCII characters only")
        decoded = tuple(_decode_secret(secret, position) for position, secret in enumerate(secrets, start=1))
        return cls(token_digests=tuple(map(_digest, tokens)), secrets=decoded)


def _decode_secret(secret: str, position: int) -> bytes:
    where = f"MW_WEBHOOK_SECRETS, value {position}"
    if not secret.startswith(_PREFIX):
        raise ConfigurationError(f"{where}: it must start with {_PREFIX}")
    try:
        raw = base64.b64decode(secret.removeprefix(_PREFIX), validate=True)
    except (binascii.Error, ValueError):  # ValueError: not ASCII
        raise ConfigurationError(f"{where}: what follows {_PREFIX} is not base64") from None
    if not 24 <= len(raw) <= 64:  # Standard Webhooks, "Signature scheme": between 24 and 64 bytes
        raise ConfigurationError(f"{where}: the secret has {len(raw)} bytes, 24 to 64 are needed")
    return raw


def authenticate(config: WebhookAuth, headers: Mapping[str, str], raw_body: bytes, now: datetime) -> str | None:
    """The webhook's id if it is signed, None if a token vouches for it. Raises Unauthorised otherwise.

    ``headers`` have lower-case names, or compare them without case. ``now`` is timezone-aware.
    """
    if config.secrets and "webhook-signature" in headers:
        return _verify_signature(config, headers, raw_body, now)
    token = headers.get("x-middleware-token")
    if token is None or not config.token_digests:
        raise Unauthorised(AuthFailure.NO_CREDENTIALS)
    if not _any_equal((_digest(token),), config.token_digests):
        raise Unauthorised(AuthFailure.UNKNOWN_TOKEN)
    return None


def sign(secret: bytes, webhook_id: str, timestamp: int, raw_body: bytes) -> str:
    """The ``v1,<base64>`` signature of Standard Webhooks: HMAC-SHA256 over ``id.timestamp.body``.

    ``secret`` is the decoded secret, ``timestamp`` in seconds of the Unix epoch.
    """
    signed = b".".join((webhook_id.encode(), str(timestamp).encode(), raw_body))
    return "v1," + base64.b64encode(hmac.digest(secret, signed, "sha256")).decode("ascii")


def _verify_signature(config: WebhookAuth, headers: Mapping[str, str], raw_body: bytes, now: datetime) -> str:
    webhook_id, timestamp = headers.get("webhook-id", ""), headers.get("webhook-timestamp", "")
    if not _WEBHOOK_ID.fullmatch(webhook_id) or not _TIMESTAMP.fullmatch(timestamp):
        raise Unauthorised(AuthFailure.MALFORMED_SIGNATURE)
    given = [part.encode() for part in headers["webhook-signature"].split() if part.startswith("v1,")]
    if not given:
        raise Unauthorised(AuthFailure.MALFORMED_SIGNATURE)
    expected = [sign(secret, webhook_id, int(timestamp), raw_body).encode() for secret in config.secrets]
    if not _any_equal(given, expected):
        raise Unauthorised(AuthFailure.WRONG_SIGNATURE)
    age_s = now.timestamp() - int(timestamp)
    if age_s > TOLERANCE_S:
        raise Unauthorised(AuthFailure.TIMESTAMP_TOO_OLD)
    if age_s < -TOLERANCE_S:
        raise Unauthorised(AuthFailure.TIMESTAMP_IN_FUTURE)
    return webhook_id


def _any_equal(given: Iterable[bytes], expected: Iterable[bytes]) -> bool:
    """Whether any two are equal; every pair is compared, each in constant time."""
    expected = tuple(expected)
    return any([hmac.compare_digest(one, other) for one in given for other in expected])


def _digest(token: str) -> bytes:
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).digest()
