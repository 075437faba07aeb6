"""What a cluster's folder remembers, and who holds it."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from control import kafka_folder
from control.kafka_folder import AlreadyRunning, ClusterFolder, ClusterState
from control.kafka_node import Ports
from streams.clock import ManualClock
from streams.errors import ConfigurationError

STATE = ClusterState("id", 1, (Ports(1, 2),), (4711,))


class Impatient(ManualClock):
    """A clock on which each reading is a minute after the one before."""

    def monotonic(self) -> float:
        """Go on by a minute."""
        self.advance(60)
        return super().monotonic()


@pytest.fixture
def folder(tmp_path: Path) -> ClusterFolder:
    """A folder in which a cluster was started."""
    made = ClusterFolder(tmp_path / "kafka")
    with made.locked():
        made.save(STATE)
    return made


def test_state_is_read_as_it_was_written(folder: ClusterFolder) -> None:
    assert folder.load() == STATE


def test_process_ids_of_an_unclean_end_are_not_believed(folder: ClusterFolder) -> None:
    assert kafka_folder.running(folder.path) is None  # nobody holds the lock
    assert folder.prepare(1, "new") == ClusterState("id", 1, (Ports(1, 2),))
    assert folder.load() == ClusterState("id", 1, (Ports(1, 2),))


def test_a_held_lock_says_who_and_how_to_end_it(folder: ClusterFolder) -> None:
    with folder.locked():
        assert kafka_folder.running(folder.path) == kafka_folder.Running("127.0.0.1:1", 1, (4711,), down=(1,))
        with (
            pytest.raises(AlreadyRunning, match=r"127\.0\.0\.1:1 \(process 4711\); `mw kafka stop`"),
            folder.locked(Impatient()),
        ):
            pytest.fail("two held the lock")
        with pytest.raises(AlreadyRunning):
            kafka_folder.reset(folder.path, clock=Impatient())
    assert folder.load() == STATE


def test_another_number_of_nodes_is_refused(folder: ClusterFolder) -> None:
    with pytest.raises(ConfigurationError, match=r"1 node.*not 3.*mw kafka reset"):
        folder.prepare(3, "new")


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b'{"cluster_id": "x"}', b'{"ports": 3}'])
def test_a_damaged_state_is_one_clear_line(folder: ClusterFolder, content: bytes) -> None:
    (folder.path / "state.json").write_bytes(content)
    with pytest.raises(ConfigurationError, match=r"state\.json is damaged; `mw kafka reset`"):
        folder.load()


def test_reset_forgets_all_but_the_lock(folder: ClusterFolder) -> None:
    folder.node_data(1).mkdir()
    (folder.node_data(1) / "meta.properties").touch()
    kafka_folder.reset(folder.path)
    assert [entry.name for entry in folder.path.iterdir()] == ["lock"]
    assert folder.load() is None


def test_reset_of_nothing_is_nothing(tmp_path: Path) -> None:
    kafka_folder.reset(tmp_path / "kafka")
    assert not (tmp_path / "kafka").exists()


def test_a_process_id_that_is_somebody_else_s_by_now_is_left_alone(folder: ClusterFolder) -> None:
    folder.save(STATE.with_pids([os.getpid(), 2**22 + 1]))
    with folder.locked():
        assert kafka_folder.running(folder.path) is not None
        with pytest.raises(AlreadyRunning):  # what holds the lock is no broker: it is not stopped either
            kafka_folder.stop_running(folder.path, clock=Impatient())


def test_a_log_of_the_run_before_is_kept(tmp_path: Path) -> None:
    kafka_folder.fresh_log(tmp_path, 1).write_text("before")
    assert kafka_folder.fresh_log(tmp_path, 1).read_text() == ""
    assert (tmp_path / "kafka-1.log.1").read_text() == "before"
