"""Who may send a webhook: signatures and tokens, two of each at once, five minutes both ways."""

from __future__ import annotations

import base64
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.webhook_auth import TOLERANCE_S, AuthFailure, Unauthorised, WebhookAuth, authenticate, sign
from streams.errors import ConfigurationError

# The check value of the Standard Webhooks specification.
SPEC_SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
SPEC_BODY = b'{"test": 2432232314}'
SPEC_HEADERS = {
    "webhook-id": "msg_p5jXN8AQM9LWM0D4loKWxJek",
    "webhook-timestamp": "1614265330",
    "webhook-signature": "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
}
SPEC_TIME = datetime.fromtimestamp(1614265330, UTC)
RAW_SPEC_SECRET = base64.b64decode(SPEC_SECRET.removeprefix("whsec_"))

OLD, NEW, STRANGER = (bytes([n]) * 32 for n in (1, 2, 3))


def whsec(raw: bytes) -> str:
    return "whsec_" + base64.b64encode(raw).decode()


ROTATING = WebhookAuth.parse(tokens=("new-token", "old-token"), secrets=(whsec(NEW), whsec(OLD)))
SIGNATURES_ONLY = WebhookAuth.parse(secrets=(whsec(NEW),))
TOKENS_ONLY = WebhookAuth.parse(tokens=("new-token",))


def signed(secret: bytes, body: bytes, at: datetime, webhook_id: str = "msg_1") -> dict[str, str]:
    timestamp = int(at.timestamp())
    return {
        "webhook-id": webhook_id,
        "webhook-timestamp": str(timestamp),
        "webhook-signature": sign(secret, webhook_id, timestamp, body),
    }


def refusal(config: WebhookAuth, headers: dict[str, str], body: bytes = SPEC_BODY, now: datetime = SPEC_TIME) -> str:
    with pytest.raises(Unauthorised) as caught:
        authenticate(config, headers, body, now)
    return caught.value.reason.value


def test_the_check_value_of_the_specification() -> None:
    config = WebhookAuth.parse(secrets=(SPEC_SECRET,))
    assert sign(RAW_SPEC_SECRET, SPEC_HEADERS["webhook-id"], 1614265330, SPEC_BODY) == SPEC_HEADERS["webhook-signature"]
    assert authenticate(config, SPEC_HEADERS, SPEC_BODY, SPEC_TIME) == SPEC_HEADERS["webhook-id"]


@pytest.mark.parametrize("secret", [OLD, NEW])
def test_both_secrets_are_valid_while_they_are_rotated(secret: bytes) -> None:
    assert authenticate(ROTATING, signed(secret, b"{}", SPEC_TIME), b"{}", SPEC_TIME) == "msg_1"


@pytest.mark.parametrize("token", ["new-token", "old-token"])
def test_both_tokens_are_valid_while_they_are_rotated(token: str) -> None:
    assert authenticate(ROTATING, {"x-middleware-token": token}, b"", SPEC_TIME) is None


def test_any_signature_of_the_list_may_match() -> None:
    headers = signed(NEW, b"{}", SPEC_TIME)
    right = headers["webhook-signature"]
    headers["webhook-signature"] = f"v1a,unknown v1,AAAA {sign(STRANGER, 'msg_1', 1, b'')} {right}"
    assert authenticate(ROTATING, headers, b"{}", SPEC_TIME) == "msg_1"


def test_a_signature_for_a_scheme_we_do_not_know_is_ignored() -> None:
    headers = signed(NEW, b"{}", SPEC_TIME)
    headers["webhook-signature"] = "v2" + headers["webhook-signature"].removeprefix("v1")
    assert refusal(ROTATING, headers, b"{}") == "malformed_signature"


@pytest.mark.parametrize(
    ("off_by", "expected"),
    [
        (-TOLERANCE_S - 1, "timestamp_too_old"),
        (-TOLERANCE_S, None),
        (0, None),
        (TOLERANCE_S, None),
        (TOLERANCE_S + 1, "timestamp_in_future"),
    ],
)
def test_the_timestamp_may_be_five_minutes_off(off_by: int, expected: str | None) -> None:
    headers = signed(NEW, b"{}", SPEC_TIME + timedelta(seconds=off_by))
    if expected is None:
        assert authenticate(ROTATING, headers, b"{}", SPEC_TIME) == "msg_1"
    else:
        assert refusal(ROTATING, headers, b"{}") == expected


GOOD = signed(NEW, SPEC_BODY, SPEC_TIME)


@pytest.mark.parametrize(
    ("config", "headers", "expected"),
    [
        (ROTATING, {}, "no_credentials"),
        (ROTATING, {"x-middleware-token": ""}, "unknown_token"),
        (ROTATING, {"x-middleware-token": "new-tokeN"}, "unknown_token"),
        (ROTATING, {"x-middleware-token": "new-token,old-token"}, "unknown_token"),
        (ROTATING, {"x-middleware-token": "\udcff\x00"}, "unknown_token"),  # text that cannot be encoded plainly
        (SIGNATURES_ONLY, {"x-middleware-token": "new-token"}, "no_credentials"),  # no token is configured
        (TOKENS_ONLY, GOOD, "no_credentials"),  # no secret is configured, so nothing is proven
        (ROTATING, signed(STRANGER, SPEC_BODY, SPEC_TIME), "wrong_signature"),
        (ROTATING, signed(NEW, SPEC_BODY + b" ", SPEC_TIME), "wrong_signature"),
        (ROTATING, GOOD | {"webhook-id": "msg_2"}, "wrong_signature"),
        (ROTATING, GOOD | {"webhook-timestamp": "1614265331"}, "wrong_signature"),
        (ROTATING, GOOD | {"webhook-signature": "v1,"}, "wrong_signature"),
        (ROTATING, GOOD | {"webhook-signature": "v1,é"}, "wrong_signature"),
        (ROTATING, GOOD | {"webhook-signature": ""}, "malformed_signature"),
        (ROTATING, {k: v for k, v in GOOD.items() if k != "webhook-id"}, "malformed_signature"),
        (ROTATING, {k: v for k, v in GOOD.items() if k != "webhook-timestamp"}, "malformed_signature"),
        (ROTATING, GOOD | {"webhook-timestamp": "01614265330"}, "malformed_signature"),  # one time, one spelling
        (ROTATING, GOOD | {"webhook-timestamp": "1614265330.0"}, "malformed_signature"),
        (ROTATING, GOOD | {"webhook-timestamp": "²"}, "malformed_signature"),  # a digit to str.isdigit
        (ROTATING, GOOD | {"webhook-timestamp": "9" * 13}, "malformed_signature"),
        (ROTATING, GOOD | {"webhook-id": "x" * 257}, "malformed_signature"),
        (ROTATING, GOOD | {"webhook-id": "msg 1"}, "malformed_signature"),
        # A valid token does not make up for a wrong signature ...
        (ROTATING, GOOD | {"webhook-id": "msg_2", "x-middleware-token": "new-token"}, "wrong_signature"),
    ],
)
def test_what_is_not_authentic(config: WebhookAuth, headers: dict[str, str], expected: str) -> None:
    assert refusal(config, headers) == expected


def test_a_token_counts_where_no_signature_can_be_checked() -> None:  # ... but is enough where there is no secret
    assert authenticate(TOKENS_ONLY, GOOD | {"x-middleware-token": "new-token"}, SPEC_BODY, SPEC_TIME) is None


@given(st.binary(max_size=200), st.binary(max_size=200))
def test_a_signature_is_for_one_body_only(body: bytes, other: bytes) -> None:
    headers = signed(NEW, body, SPEC_TIME)
    assert authenticate(ROTATING, headers, body, SPEC_TIME) == "msg_1"
    if other != body:
        assert refusal(ROTATING, headers, other) == "wrong_signature"


@given(st.dictionaries(st.sampled_from([*SPEC_HEADERS, "x-middleware-token"]), st.text(max_size=60)), st.binary())
def test_whatever_is_sent_the_answer_is_from_the_closed_list(headers: dict[str, str], body: bytes) -> None:
    assert refusal(ROTATING, headers, body) in set(AuthFailure)


@pytest.mark.parametrize(
    ("tokens", "secrets", "complaint"),
    [
        ((), (), "set MW_INGRESS_TOKENS or MW_WEBHOOK_SECRETS"),
        (("canary-1", "canary-2", "canary-3"), (), "MW_INGRESS_TOKENS holds 3 values, at most 2"),
        ((), (SPEC_SECRET,) * 3, "MW_WEBHOOK_SECRETS holds 3 values, at most 2"),
        (("ok", "canary é"), (), "MW_INGRESS_TOKENS, value 2: visible ASCII"),
        (("",), (), "MW_INGRESS_TOKENS, value 1: visible ASCII"),
        ((), ("canary",), "MW_WEBHOOK_SECRETS, value 1: it must start with whsec_"),
        ((), ("whsec_canary!",), "value 1: what follows whsec_ is not base64"),
        ((), ("whsec_canaryé",), "value 1: what follows whsec_ is not base64"),
        ((), (whsec(b"canary"),), "the secret has 6 bytes, 24 to 64 are needed"),
        ((), (whsec(b"c" * 65),), "the secret has 65 bytes, 24 to 64 are needed"),
    ],
)
def test_a_wrong_setting_is_one_clear_line_without_the_value(
    tokens: tuple[str, ...], secrets: tuple[str, ...], complaint: str
) -> None:
    with pytest.raises(ConfigurationError, match=complaint) as caught:
        WebhookAuth.parse(tokens=tokens, secrets=secrets)
    assert "canary" not in str(caught.value)


def test_no_secret_shows_when_the_configuration_is_printed() -> None:
    assert repr(ROTATING) == "WebhookAuth()"
