"""Sealing: opens for the right key, event and bytes, and for nothing else; keys are never shown."""

from __future__ import annotations

import base64
import pickle
import string
import uuid

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streams.errors import ConfigurationError, SealUnopenable
from streams.events import Sealed
from streams.sealing import KeyRing, SealedBody, generate_key, open_body, seal_body

KEY_A, KEY_B = bytes(range(32)), bytes(range(32, 64))
RING = KeyRing({"a": KEY_A, "b": KEY_B})
PLAINTEXTS = st.binary(max_size=300)
CONTEXTS = st.binary(max_size=40)


def b64(raw: bytes) -> str:
    return base64.b64encode(raw).decode()


@given(PLAINTEXTS, CONTEXTS)
def test_what_is_sealed_opens_again(plaintext: bytes, context: bytes) -> None:
    sealed = RING.seal(plaintext, context)
    assert sealed.key_id == "a"
    assert RING.open(sealed, context) == plaintext


@given(PLAINTEXTS)
def test_a_nonce_is_never_used_twice(plaintext: bytes) -> None:
    one, two = RING.seal(plaintext, b"x"), RING.seal(plaintext, b"x")
    assert one.nonce != two.nonce
    assert one.ciphertext != two.ciphertext


@given(PLAINTEXTS, st.sampled_from(["nonce", "ciphertext"]), st.data())
def test_any_altered_byte_is_refused(plaintext: bytes, field: str, data: st.DataObject) -> None:
    sealed = RING.seal(plaintext, b"event")
    raw = bytearray(base64.b64decode(getattr(sealed, field)))
    raw[data.draw(st.integers(0, len(raw) - 1))] ^= data.draw(st.integers(1, 255))
    with pytest.raises(SealUnopenable):
        RING.open(sealed.model_copy(update={field: b64(bytes(raw))}), b"event")


@given(PLAINTEXTS, st.sampled_from(["nonce", "ciphertext"]), st.data())
def test_any_altered_character_is_refused(plaintext: bytes, field: str, data: st.DataObject) -> None:
    sealed = RING.seal(plaintext, b"event")
    text = getattr(sealed, field)
    at = data.draw(st.integers(0, len(text) - 1))
    other = data.draw(st.characters().filter(lambda c: c != text[at]))
    with pytest.raises(SealUnopenable):
        RING.open(sealed.model_copy(update={field: text[:at] + other + text[at + 1 :]}), b"event")


@pytest.mark.parametrize("plaintext", [b"", b"x", b"xy"])  # two, one and no characters of padding
def test_another_spelling_of_the_same_bytes_is_refused(plaintext: bytes) -> None:
    sealed = RING.seal(plaintext, b"event")
    text = sealed.ciphertext
    last = len(text.rstrip("=")) - 1
    for other in set(string.ascii_letters + string.digits + "+/") - {text[last]}:
        with pytest.raises(SealUnopenable):
            RING.open(sealed.model_copy(update={"ciphertext": text[:last] + other + text[last + 1 :]}), b"event")


@given(PLAINTEXTS, st.sampled_from(["nonce", "ciphertext"]), st.data())
def test_a_cut_or_longer_field_is_refused(plaintext: bytes, field: str, data: st.DataObject) -> None:
    sealed = RING.seal(plaintext, b"event")
    raw = base64.b64decode(getattr(sealed, field))
    cut = st.integers(0, len(raw) - 1).map(lambda end: raw[:end])
    longer = st.binary(min_size=1, max_size=20).map(lambda more: raw + more)
    with pytest.raises(SealUnopenable):
        RING.open(sealed.model_copy(update={field: b64(data.draw(cut | longer))}), b"event")


@given(PLAINTEXTS, CONTEXTS, CONTEXTS)
def test_another_context_is_refused(plaintext: bytes, context: bytes, other: bytes) -> None:
    sealed = RING.seal(plaintext, context)
    if other != context:
        with pytest.raises(SealUnopenable, match="another ticket event"):
            RING.open(sealed, other)


@given(PLAINTEXTS)
def test_old_keys_open_after_a_rotation_and_new_bodies_use_the_new_key(plaintext: bytes) -> None:
    old = KeyRing({"a": KEY_A}).seal(plaintext, b"event")
    rotated = KeyRing({"b": KEY_B, "a": KEY_A})
    assert rotated.open(old, b"event") == plaintext
    assert rotated.seal(plaintext, b"event").key_id == "b"


def test_a_removed_key_is_refused_by_name() -> None:
    sealed = KeyRing({"a": KEY_A}).seal(b"hello", b"event")
    with pytest.raises(SealUnopenable, match="key a, which is not in MW_SEAL_KEYS"):
        KeyRing({"b": KEY_B}).open(sealed, b"event")


def test_naming_another_key_of_the_ring_does_not_open() -> None:
    sealed = RING.seal(b"hello", b"event").model_copy(update={"key_id": "b"})
    with pytest.raises(SealUnopenable):
        RING.open(sealed, b"event")


@pytest.mark.parametrize(
    ("entries", "complaint"),
    [
        ([], "there is no seal key"),
        ([b64(KEY_A)], "seal key 1 is not of the form id:base64"),  # the id was forgotten
        (["a:" + b64(KEY_A), ":" + b64(KEY_B)], "seal key 2 is not of the form id:base64"),
        (["a b:" + b64(KEY_A)], "seal key 1 is not of the form id:base64"),
        (["a:" + b64(KEY_A)[:-4] + "!!!!"], "seal key a: what follows the colon is not base64"),
        (["a:" + b64(KEY_A)[:-1]], "seal key a: what follows the colon is not base64"),  # padding cut
        (["a:" + b64(KEY_A[:16])], "seal key a: the key has 16 bytes, 32 are needed"),
        (["a:"], "seal key a: the key has 0 bytes, 32 are needed"),
        (["a:" + b64(KEY_A), "a:" + b64(KEY_B)], "seal key a is given twice"),
        (["a:" + b64(KEY_A), "b:" + b64(KEY_A)], "two seal keys are the same"),
    ],
)
def test_a_wrong_ring_is_one_clear_line_without_the_key(entries: list[str], complaint: str) -> None:
    with pytest.raises(ConfigurationError, match=complaint) as caught:
        KeyRing.parse(entries)
    for raw in (KEY_A, KEY_B, KEY_A[:16]):
        assert b64(raw)[:8] not in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_generated_key_is_taken_as_it_is_and_differs_each_time() -> None:
    entry = generate_key("2026-01")
    assert KeyRing.parse([entry]).key_ids == ("2026-01",)
    assert entry != generate_key("2026-01")


@pytest.mark.parametrize("key_id", ["", "a:b", "a b", "x" * 33])
def test_a_key_needs_a_usable_id(key_id: str) -> None:
    with pytest.raises(ConfigurationError, match="id must be 1 to 32"):
        generate_key(key_id)
    with pytest.raises(ConfigurationError, match="id must be 1 to 32"):
        KeyRing({key_id: KEY_A})


@given(st.binary(min_size=32, max_size=32))
def test_no_way_of_printing_a_ring_shows_a_key(key: bytes) -> None:
    ring = KeyRing({"a": key})
    for shown in (repr(ring), str(ring), f"{ring}", f"{ring!r:>40}"):
        assert shown.strip() == "KeyRing(key_ids=('a',))"


def test_a_ring_cannot_be_pickled() -> None:
    with pytest.raises(TypeError, match="not written anywhere"):
        pickle.dumps(RING)


@given(st.none() | st.text(), st.none() | st.text(), st.uuids())
def test_a_body_opens_for_its_own_event_only(message: str | None, url: str | None, event_id: uuid.UUID) -> None:
    body = SealedBody(message=message, ticket_url=url)
    sealed = seal_body(RING, body, event_id)
    assert open_body(RING, sealed, event_id) == body
    with pytest.raises(SealUnopenable):
        open_body(RING, sealed, uuid.UUID(int=event_id.int ^ 1))


@pytest.mark.parametrize("plaintext", [b"", b"not json", b"[]", b'{"message": 7}', b"\xff"])
def test_sealed_bytes_that_are_no_body_are_refused_without_showing_them(plaintext: bytes) -> None:
    event_id = uuid.UUID(int=1)
    with pytest.raises(SealUnopenable, match="is not a webhook body") as caught:
        open_body(RING, RING.seal(plaintext, event_id.bytes), event_id)
    assert caught.value.__cause__ is None


def test_an_opened_body_does_not_print_what_it_holds() -> None:
    assert "canary" not in repr(SealedBody(message="canary", ticket_url="canary"))


def test_the_key_id_of_every_ring_fits_the_record() -> None:
    ring = KeyRing({"K" * 32: KEY_A})
    assert Sealed.model_validate(ring.seal(b"", b"").model_dump()).key_id == "K" * 32
