"""Jars: only files that the list names run, half a download is never used, parallel starts fetch once."""

from __future__ import annotations

import hashlib
import threading
from pathlib import Path

import pytest

from control import kafka_jars
from control.kafka_jars import Jar
from streams.errors import DependencyError

CONTENT = {name: f"jar {name}".encode() for name in ("a", "b", "c")}
JARS = tuple(Jar("g", name, "1", hashlib.sha256(content).hexdigest()) for name, content in CONTENT.items())


class Repository:
    """Serves CONTENT; remembers who asked for what; fails as told."""

    def __init__(self, failing: str = "", altered: str = "") -> None:
        self.failing = failing
        self.altered = altered
        self.asked: list[str] = []

    def __call__(self, jar: Jar, work: Path) -> Path:
        """What jgo does: write into the work folder, here broken off in the middle where it is to fail."""
        self.asked.append(jar.artifact)
        work.mkdir(parents=True, exist_ok=True)
        path = work / jar.name
        path.write_bytes(
            CONTENT[jar.artifact][:2] if jar.artifact in (self.failing, self.altered) else CONTENT[jar.artifact]
        )
        if jar.artifact == self.failing:
            raise ConnectionError("gone")
        return path


@pytest.fixture(autouse=True)
def short_list(monkeypatch: pytest.MonkeyPatch) -> None:
    """Three small jars instead of 46."""
    monkeypatch.setattr(kafka_jars, "expected_jars", lambda: JARS)


def folder_of(cache: Path) -> Path:
    """Where the jars end up."""
    return cache / f"kafka-{kafka_jars.KAFKA_VERSION}"


def test_first_start_fetches_and_later_ones_do_not(tmp_path: Path) -> None:
    said: list[str] = []
    path = kafka_jars.class_path(tmp_path, said.append, fetch=Repository())
    assert path == ":".join(str(folder_of(tmp_path) / f"{name}-1.jar") for name in "abc")
    assert "3 of 3 jars" in said[-1]
    unused = Repository()
    assert kafka_jars.class_path(tmp_path, said.append, fetch=unused) == path
    assert unused.asked == []


def test_an_interrupted_fetch_is_one_clear_line_and_goes_on_where_it_was(tmp_path: Path) -> None:
    with pytest.raises(DependencyError, match=r"cannot fetch b-1\.jar .*ConnectionError.*start again") as caught:
        kafka_jars.class_path(tmp_path, lambda _: None, fetch=Repository(failing="b"))
    assert "\n" not in str(caught.value)
    assert not (folder_of(tmp_path) / "b-1.jar").exists()
    kept = {path.name for path in folder_of(tmp_path).glob("*.jar")}
    again = Repository()
    kafka_jars.class_path(tmp_path, lambda _: None, fetch=again)
    assert {f"{name}-1.jar" for name in again.asked} == {"a-1.jar", "b-1.jar", "c-1.jar"} - kept


def test_what_the_repository_altered_is_thrown_away(tmp_path: Path) -> None:
    with pytest.raises(DependencyError, match=r"c-1\.jar is not the file"):
        kafka_jars.class_path(tmp_path, lambda _: None, fetch=Repository(altered="c"))
    assert not (folder_of(tmp_path) / "c-1.jar").exists()


def test_what_was_altered_in_the_cache_is_refused_and_deleting_it_helps(tmp_path: Path) -> None:
    kafka_jars.class_path(tmp_path, lambda _: None, fetch=Repository())
    (folder_of(tmp_path) / "a-1.jar").write_bytes(b"evil")
    with pytest.raises(DependencyError, match=r"a-1\.jar .*delete that file"):
        kafka_jars.class_path(tmp_path, lambda _: None, fetch=Repository())
    (folder_of(tmp_path) / "a-1.jar").unlink()
    again = Repository()
    kafka_jars.class_path(tmp_path, lambda _: None, fetch=again)
    assert again.asked == ["a"]


def test_parallel_starts_fetch_once(tmp_path: Path) -> None:
    repository = Repository()
    entered, go_on = threading.Event(), threading.Event()

    def slow(jar: Jar, work: Path) -> Path:
        entered.set()
        assert go_on.wait(10)
        return repository(jar, work)

    def waiting(text: str) -> None:
        if "waiting" in text:
            go_on.set()  # the second start stands at the lock: let the first one go on

    first = threading.Thread(target=kafka_jars.class_path, args=(tmp_path, lambda _: None), kwargs={"fetch": slow})
    first.start()
    assert entered.wait(10)
    kafka_jars.class_path(tmp_path, waiting, fetch=repository)
    first.join(10)
    assert sorted(repository.asked) == ["a", "b", "c"]


def test_the_committed_list_is_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.undo()
    jars = kafka_jars.expected_jars()
    assert len({jar.name for jar in jars}) == len({jar.sha256 for jar in jars}) == 46
    assert all(len(bytes.fromhex(jar.sha256)) == 32 for jar in jars)
    assert jars[0] == Jar("org.apache.kafka", "kafka_2.13", kafka_jars.KAFKA_VERSION, jars[0].sha256)
