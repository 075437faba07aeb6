"""The ring of seal keys: how it is rotated, where it is kept, and that no key is shown unasked."""

from __future__ import annotations

import stat
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from control.installation import Installation
from control.key_store import KeyStore
from control.seal_keys import ids, made_at, new_key_id, parse, promoted, text, with_new, without
from control.settings import Settings, load
from control.up import Up
from streams.errors import ConfigurationError
from streams.sealing import KeyRing, generate_key
from tests.support.mw import Mw

NOW = datetime(2026, 1, 5, 12, 0, tzinfo=UTC)
RINGS = st.lists(st.from_regex(r"[A-Za-z0-9_-]{1,32}", fullmatch=True), min_size=1, max_size=5, unique=True).map(
    lambda key_ids: tuple(generate_key(key_id) for key_id in key_ids)
)


@given(RINGS, st.booleans())
def test_a_new_key_seals_at_once_or_opens_only_and_every_old_one_opens(ring, seals):
    sealed = [KeyRing.parse([entry]).seal(b"body", b"event") for entry in ring]
    grown = with_new(ring, NOW, seals=seals)
    opened = KeyRing.parse(grown)
    assert [opened.open(each, b"event") for each in sealed] == [b"body"] * len(ring)
    assert set(grown) > set(ring)
    assert (ids(grown)[0] == new_key_id(NOW)) is seals
    assert opened.seal(b"", b"").key_id == ids(grown)[0]


@given(RINGS, st.data())
def test_in_two_steps_no_worker_ever_meets_a_key_it_does_not_have(ring, data):
    """Each process may have the value from before or after a step, in any mix; whatever one seals the other opens."""
    added = with_new(ring, NOW, seals=False)
    first = promoted(added, new_key_id(NOW))
    for before, after in ((ring, added), (added, first)):
        ingress, sanitize = (KeyRing.parse(data.draw(st.sampled_from([before, after]))) for _ in range(2))
        assert sanitize.open(ingress.seal(b"body", b"event"), b"event") == b"body"


@given(RINGS, st.data())
def test_a_key_is_promoted_and_removed_without_touching_the_others(ring, data):
    key_id = data.draw(st.sampled_from(ids(ring)))
    moved = promoted(ring, key_id)
    assert ids(moved)[0] == key_id
    assert [entry for entry in moved if not entry.startswith(f"{key_id}:")] == [
        entry for entry in ring if not entry.startswith(f"{key_id}:")
    ]
    if key_id == ids(ring)[0]:
        with pytest.raises(ConfigurationError, match="is the key that seals"):
            without(ring, key_id)
    else:
        assert without(ring, key_id) == tuple(entry for entry in ring if not entry.startswith(f"{key_id}:"))


@given(RINGS)
def test_a_ring_is_read_as_it_is_written(ring):
    assert parse(text(ring)) == ring


@given(st.timedeltas(timedelta(0), timedelta(days=36_500)).map(lambda later: NOW + later), st.timezones())
def test_the_id_of_a_key_says_when_it_was_made(utc, zone):
    moment = utc.astimezone(zone)
    key_id = new_key_id(moment)
    assert made_at(key_id) == moment.astimezone(UTC).replace(microsecond=0)
    assert KeyRing.parse([generate_key(key_id)]).key_ids == (key_id,)


@pytest.mark.parametrize("key_id", ["local1", "2026-01", "20269999T120000Z", "20260105T120000Z-2", ""])
def test_other_ids_say_nothing_about_it(key_id):
    assert made_at(key_id) is None


def test_two_keys_of_one_second_are_refused():
    ring = with_new((), NOW, seals=True)
    with pytest.raises(ConfigurationError, match="in this very second"):
        with_new(ring, NOW, seals=True)
    assert len(with_new(ring, NOW + timedelta(seconds=1), seals=True)) == 2


def test_an_unknown_id_is_not_repeated_since_it_could_be_a_key():
    ring = with_new((), NOW, seals=True)
    for change in (promoted, without):
        with pytest.raises(ConfigurationError, match="no seal key of that id") as caught:
            change(ring, ring[0])
        assert ring[0].partition(":")[2] not in str(caught.value)


# -- the file of `mw up`


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_the_file_is_rewritten_whole_for_its_owner_alone_and_keeps_the_other_secrets(tmp_path):
    installation = Installation(Settings(home=tmp_path))
    before = installation.secrets()
    installation.secrets_path.chmod(0o644)
    ring = KeyStore.of(Settings(home=tmp_path)).changed(lambda former: with_new(former, NOW, seals=True))
    after = orjson.loads(installation.secrets_path.read_bytes())
    assert after == {**before, "MW_SEAL_KEYS": text(ring)}
    assert len(ring) == 2
    assert {path.name: mode(path) for path in tmp_path.iterdir()} == dict.fromkeys(
        ("secrets.json", "secrets.lock"), 0o600
    )


def test_a_change_that_fails_leaves_the_file_as_it_was(tmp_path):
    installation = Installation(Settings(home=tmp_path))
    installation.secrets()
    before = installation.secrets_path.read_bytes()
    with pytest.raises(ConfigurationError):
        KeyStore.of(Settings(home=tmp_path)).changed(lambda former: without(former, ids(former)[0]))
    assert installation.secrets_path.read_bytes() == before


def test_of_keys_made_at_once_none_is_lost(tmp_path):
    """Each writer waits for the others and goes on from what they wrote, not from what it saw at its own start."""
    Installation(Settings(home=tmp_path)).secrets()
    stores = [KeyStore.of(Settings(home=tmp_path)) for _ in range(16)]

    def add(number: int) -> str:
        made = NOW + timedelta(seconds=number)
        return ids(stores[number].changed(lambda former: with_new(former, made, seals=True)))[0]

    with ThreadPoolExecutor(8) as pool:
        made = set(pool.map(add, range(16)))
    assert made < set(ids(KeyStore.of(Settings(home=tmp_path)).ring))


def test_a_damaged_file_is_one_clear_line(tmp_path):
    (tmp_path / "secrets.json").write_text("{")
    with pytest.raises(ConfigurationError, match="cannot be used"):
        KeyStore.of(Settings(home=tmp_path))


def test_the_keys_of_the_environment_go_before_those_of_the_file(tmp_path):
    Installation(Settings(home=tmp_path)).secrets()
    ring = with_new((), NOW, seals=True)
    store = KeyStore.of(load({"MW_HOME": str(tmp_path), "MW_SEAL_KEYS": text(ring)}))
    assert (store.ring, store.writable, store.shadows_file) == (ring, False, True)
    assert ring[0] not in repr(store)


def test_all_processes_of_mw_up_have_the_ring_of_its_start(tmp_path):
    """Those it starts again too: that is why a rotation of the file may put the new key first at once."""
    settings = Settings(home=tmp_path, http_port=0)
    up = Up(Installation(settings), "127.0.0.1:1", say=print)
    before = up.variables["MW_SEAL_KEYS"]
    ring = KeyStore.of(settings).changed(lambda former: with_new(former, NOW, seals=True))
    assert up.variables["MW_SEAL_KEYS"] == before
    assert Up(Installation(settings), "127.0.0.1:1", say=print).variables["MW_SEAL_KEYS"] == text(ring)


# -- the commands


def test_on_this_machine_a_rotation_puts_a_new_key_first_and_shows_none(tmp_path):
    mw, installation = Mw(tmp_path), Installation(Settings(home=tmp_path))
    installation.secrets()
    installation.change_secret("MW_SEAL_KEYS", lambda _: text((generate_key("local1"), generate_key("older"))))
    rotated = mw("--json", "secrets", "rotate", "seal")
    ring = parse(installation.secrets()["MW_SEAL_KEYS"])
    assert ids(ring)[1:] == ("local1", "older")
    assert rotated.document["keys"] == list(ids(ring))
    listed = mw("--json", "secrets", "list")
    assert [(row["position"], row["key"], row["use"]) for row in listed.document] == [
        (1, ids(ring)[0], "seals and opens"),
        (2, "local1", "opens"),
        (3, "older", "opens"),
    ]
    assert [row["made"] is None for row in listed.document] == [False, True, True]
    removed = mw("secrets", "remove", "seal", "local1", "--yes")
    assert removed.code == 0
    assert ids(parse(installation.secrets()["MW_SEAL_KEYS"])) == (ids(ring)[0], "older")
    assert "tickets.dead, kept 30 days" in removed.err
    shown = "".join(answer.out + answer.err for answer in (rotated, listed, removed))
    assert not [entry for entry in ring if entry.partition(":")[2] in shown]


def test_where_the_environment_holds_the_keys_they_are_printed_only_when_asked_for(tmp_path):
    ring = (generate_key("old"),)
    mw = Mw(tmp_path, MW_SEAL_KEYS=text(ring))
    untold = mw("secrets", "rotate", "seal")
    assert (untold.code, untold.out) == (2, "")
    assert "`mw secrets rotate seal --print` prints the new value for your secret store" in untold.err
    assert len(untold.err.splitlines()) == 1
    rotated = mw("secrets", "rotate", "seal", "--print")
    added = parse(rotated.out.strip())
    assert ids(added)[0] == "old"  # it seals until every sanitize worker has the new one
    assert f"mw secrets promote seal {ids(added)[1]} --print" in rotated.err
    mw = Mw(tmp_path, MW_SEAL_KEYS=text(added))
    assert mw("secrets", "promote", "seal", ids(added)[1], "--print").out.strip() == text(added[::-1])
    assert mw("secrets", "remove", "seal", ids(added)[1], "--yes", "--print").out.strip() == text(ring)
    assert not list(tmp_path.iterdir())


MISTAKES = [
    pytest.param(["remove", "seal", "old", "--yes", "--print"], "old is the key that seals", id="the sealing key"),
    pytest.param(["remove", "seal", "other", "--yes", "--print"], "no seal key of that id", id="an unknown key"),
    pytest.param(["remove", "seal", "second", "--print"], "say so with --yes", id="nobody to ask"),
    pytest.param(["promote", "seal", "second"], "`mw secrets promote seal second --print` prints", id="not printed"),
    pytest.param(["rotate", "token"], "'token' is not", id="another kind"),
]


@pytest.mark.parametrize(("words", "complaint"), MISTAKES)
def test_a_mistake_is_one_line_and_changes_nothing(tmp_path, words, complaint):
    keys = text((generate_key("old"), generate_key("second")))
    answer = Mw(tmp_path, MW_SEAL_KEYS=keys)("secrets", *words)
    assert (answer.code, answer.out) == (2, "")
    assert complaint in answer.err.splitlines()[-1]
    assert not [part for part in keys.replace(",", ":").split(":")[1::2] if part in answer.err]


def test_without_any_key_the_first_one_can_be_had(tmp_path):
    mw = Mw(tmp_path)
    assert "there are no seal keys" in mw("secrets", "list").err
    assert len(parse(mw("secrets", "rotate", "seal", "--print").out.strip())) == 1
