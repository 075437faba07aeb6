"""The versions under our overrides: what they were proven on is what is installed, or somebody is told loudly."""

from __future__ import annotations

import hashlib
import inspect
import tomllib
from pathlib import Path
from typing import Any

import faust
import faust.streams
import mode
import pytest
from aiokafka.consumer.group_coordinator import GroupCoordinator
from faust.app.base import BootStrategy
from faust.transport.conductor import Conductor, ConductorCompiler
from faust.transport.consumer import Consumer
from faust.transport.drivers.aiokafka import AIOKafkaConsumerThread
from mode.utils.queues import FlowControlQueue, ThrowableQueue

from streams import transport
from streams.errors import ConfigurationError
from streams.transport import PINNED, check_versions

ROOT = Path(__file__).parents[2]

STANDS_ON: list[tuple[Any, str]] = [
    (Consumer.on_partitions_revoked, "d04b7ae72c6f"),
    (Consumer.commit, "a354437baaa0"),
    (Consumer.force_commit, "cc094614d22c"),
    (Consumer._commit_tps, "a20e230b05ae"),
    (Consumer._new_offset, "1d2c7ea89a7a"),
    (Consumer._drain_messages, "44a2500309e8"),
    (Consumer.ack, "5fcf41cf4515"),
    (Consumer.on_stop, "45b1d2210ce2"),
    (Consumer.perform_seek, "0e8c130ff4b0"),
    (mode.Service.wait_first, "feade6a31f8a"),
    (faust.App._on_partitions_revoked, "d5c895bbe57d"),
    (faust.App._on_partitions_assigned, "de932b7927db"),
    (faust.App._consumer_wait_empty, "6bc313c48c06"),
    (faust.App._stop_consumer, "55854a5de12c"),
    (faust.App._on_rebalance_when_stopped, "1b172d9af8ff"),
    (BootStrategy.server, "97e47ea1dec3"),
    (ConductorCompiler.build, "837cf521368c"),
    (Conductor._compile_message_handler, "9fbc0538097a"),
    (Conductor._update_indices, "619b3247b96a"),
    (Conductor._update_callback_map, "37598771880d"),
    (Conductor._build_handler, "5c071d127798"),
    (Consumer.getmany, "4b168d84882a"),
    (AIOKafkaConsumerThread.on_start, "38b4e8bd1e10"),
    (GroupCoordinator._send_req, "fa4b12e914ce"),
    (GroupCoordinator._do_heartbeat, "dc1d6632aaa6"),
    (GroupCoordinator.ensure_active_group, "33c84c1a9301"),
    (FlowControlQueue.get_nowait, "57cb9b5c12e7"),
    (FlowControlQueue.put_nowait_enhanced, "f1839f43dda3"),
    (ThrowableQueue.get, "57490d393d41"),
    (ThrowableQueue.clear, "d18f09e451ac"),
    (AIOKafkaConsumerThread._commit, "932852ce7a23"),
    (AIOKafkaConsumerThread.close, "d22efc59a1df"),
]
"""Fingerprints of what we override or rely on. After an upgrade: read what changed, prove it anew, renew them."""


def fingerprint(thing: Any) -> str:
    """The first digits of the digest of ``thing``'s source."""
    return hashlib.sha256(inspect.getsource(thing).encode()).hexdigest()[:12]


@pytest.mark.parametrize(("thing", "known"), STANDS_ON, ids=lambda v: getattr(v, "__qualname__", "as-known"))
def test_what_our_overrides_were_proven_on_has_not_changed(thing: Any, known: str) -> None:
    assert fingerprint(thing) == known, f"{thing.__qualname__} is not what our overrides in streams/ were proven on"


def test_the_versions_checked_at_start_are_those_that_get_installed() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert {f"{name}=={version}" for name, version in PINNED.items()} <= set(project["dependencies"])
    locked = (ROOT / "requirements.lock").read_text(encoding="utf-8")
    assert all(f"{name}=={version} " in locked for name, version in PINNED.items())
    check_versions()


@pytest.mark.parametrize("name", PINNED)
def test_another_version_underneath_is_refused_by_name(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.setattr(transport, "version", lambda asked: "9.9.9" if asked == name else PINNED[asked])
    with pytest.raises(ConfigurationError, match=rf"{name} 9\.9\.9 is installed, {PINNED[name]} is needed"):
        check_versions()


def test_faust_without_its_compiled_parts_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(faust.streams, "_CStreamIterator", None)
    with pytest.raises(ConfigurationError, match="compiled parts"):
        check_versions()
