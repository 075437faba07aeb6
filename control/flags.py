"""Publishes flags and waits until every running process has them: the function that other programs call, too.

Order of writing: every audit line is confirmed first, then the flags, those that tighten before those that loosen. So
an applied flag always has its audit line; a line without its flag means that the attempt failed, and says who tried.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Any

from confluent_kafka import KafkaError, Message, Producer

from control.acks import AckWatcher
from control.kafka import bootstrap, producer, require_topics, translate
from control.kafka_reading import read_all
from control.playbooks import SHIPPED, load_playbook
from control.settings import Settings
from streams.clock import SYSTEM_CLOCK
from streams.control import FIRST_VALUES, INTENT_SWITCH, TEMPLATE_SWITCH, ControlRecord, ControlState, check_value, flag
from streams.errors import ConfigurationError, Undecodable
from streams.topics import Names, TopicName

EMERGENCY: Mapping[int, Mapping[str, Any]] = MappingProxyType(
    {
        1: {"safe_mode": True},
        2: {"safe_mode": True, "automation_enabled": False},
        3: {"safe_mode": True, "automation_enabled": False, "outbound_enabled": False},
    }
)
"""Flags of each emergency level (contracts: route-only, no automation, no outbound at all)."""

_DELIVERY_S = 10.0


@dataclass(frozen=True)
class Published:
    """What became of a change. ``epoch``: whoever has applied it has applied every flag of the change.

    ``applied_ms`` and ``drained_ms``: per process, milliseconds from handing the flags to the broker until it was seen
    here that it uses them, and that nothing which left under older ones is in flight. ``missing``: running processes
    that did not drain in time, with what is known of each.
    """

    epoch: int
    changes: tuple[ControlRecord, ...]
    applied_ms: Mapping[str, float]
    drained_ms: Mapping[str, float]
    missing: Mapping[str, str]
    waited: bool

    @property
    def in_force(self) -> bool:
        """Whether no running process is known to be without the change."""
        return not self.missing


def publish_flags(
    settings: Settings,
    values: Mapping[str, Any],
    *,
    author: str,
    reason: str,
    ttl: timedelta | None = None,
    wait: bool = True,
    timeout_s: float = 10.0,
) -> Published:
    """Set flags, audited, and (``wait``) wait up to ``timeout_s`` seconds until each running process applied them
    and drained what left under older ones.

    After ``ttl`` each flag takes its safest value, not its former one. Raises ConfigurationError for an unknown flag,
    a wrong value, an empty reason or author (nothing is written then), DependencyError where the broker does not
    confirm. Processes that start meanwhile read the newest flags before they do anything, so only those that run
    when the change is made are waited for.
    """
    checked = {name: check_value(name, value) for name, value in values.items()}
    _require_words(checked, author, reason, ttl)
    client = _open(settings)
    state = read_state(settings)
    now = SYSTEM_CLOCK.now()
    template = {"author": author.strip(), "reason": reason.strip(), "at": now, "expires_at": now + ttl if ttl else None}
    changes = tuple(
        ControlRecord(flag=name, value=checked[name], previous=state.get(name, now), **template)
        for name in tightening_first(checked, state, now)
    )
    if not wait:
        _audit(settings, client, changes)
        return Published(_write(settings, client, changes), changes, {}, {}, {}, waited=False)
    with AckWatcher(settings) as watcher:
        _audit(settings, client, changes)
        return _write_and_wait(settings, client, changes, watcher, timeout_s)


def _require_words(values: Mapping[str, Any], author: str, reason: str, ttl: timedelta | None) -> None:
    if not values:
        raise ConfigurationError("no flag given; write KEY=VALUE, for example safe_mode=true")
    if not reason.strip():
        raise ConfigurationError("a reason is needed: it goes to the audit log and to the other operators")
    if not author.strip():
        raise ConfigurationError("an author is needed: it goes to the audit log")
    if ttl is not None and ttl <= timedelta(0):
        raise ConfigurationError("a ttl must be longer than zero, for example 30m")


def tightening_first(values: Mapping[str, Any], state: ControlState, now: datetime) -> list[str]:
    """The names in ``values``: those that reduce risk first, those that raise it last, else in the order given."""
    return sorted(values, key=lambda name: _direction(name, state.get(name, now), values[name]))


def _direction(name: str, before: Any, after: Any) -> int:
    risk = flag(name).risk
    change = risk(after) - risk(before)
    return (change > 0) - (change < 0)


def _write_and_wait(
    settings: Settings, client: Producer, changes: tuple[ControlRecord, ...], watcher: AckWatcher, timeout_s: float
) -> Published:
    waiting = set(watcher.live())
    started = SYSTEM_CLOCK.monotonic()
    epoch = _write(settings, client, changes)
    applied: dict[str, float] = {}
    drained: dict[str, float] = {}
    while True:
        elapsed = SYSTEM_CLOCK.monotonic() - started
        for name in sorted(waiting):
            process = watcher.processes.get(name)
            if process is None:  # it left in good order: its tombstone was read
                waiting.discard(name)
                continue
            if process.has_applied(epoch):
                applied.setdefault(name, round(elapsed * 1000, 1))
            if process.has_drained(epoch):
                drained[name] = round(elapsed * 1000, 1)
                waiting.discard(name)
        if not waiting or elapsed >= timeout_s:
            break
        watcher.poll(min(0.2, timeout_s - elapsed))
    missing = {name: _shortfall(watcher, name, epoch) for name in sorted(waiting)}
    return Published(epoch, changes, applied, drained, missing, waited=True)


def _shortfall(watcher: AckWatcher, name: str, epoch: int) -> str:
    process = watcher.processes[name]
    age = process.age_s(SYSTEM_CLOCK.now())
    if not process.is_live(SYSTEM_CLOCK.now()):
        return f"silent for {age:.0f} s"
    if process.said.epoch < epoch:
        return f"still at epoch {process.said.epoch}"
    if process.said.stale:
        return "stale: it uses the safest values"
    return f"applied, but what left under epoch {process.said.drained} is still in flight"


def _open(settings: Settings) -> Producer:
    """A producer that has met the broker.

    Opened before anything is read: getting its producer id takes librdkafka half a second where the broker answers
    just after the first attempt (1 in 4 calls, measured), and that passes meanwhile.
    """
    names = Names(settings.topic_prefix)
    client = producer(settings, _DELIVERY_S)
    require_topics(settings, client, [names.topic(TopicName.AUDIT), names.topic(TopicName.FLAGS)])
    return client


def _audit(settings: Settings, client: Producer, changes: tuple[ControlRecord, ...]) -> None:
    """Audit lines, confirmed."""
    _confirmed(settings, client, Names(settings.topic_prefix).topic(TopicName.AUDIT), changes)


def _write(settings: Settings, client: Producer, changes: tuple[ControlRecord, ...]) -> int:
    """Flags, confirmed; to be called once their audit lines are. Returns the epoch of the last flag."""
    stored = tuple(change.model_copy(update={"previous": None}) for change in changes)
    return _confirmed(settings, client, Names(settings.topic_prefix).topic(TopicName.FLAGS), stored) + 1


def _confirmed(settings: Settings, client: Producer, topic: str, records: tuple[ControlRecord, ...]) -> int:
    """Writes ``records`` in order; the offset of the last one once the broker has all of them."""
    offsets: list[int] = []
    errors: list[KafkaError] = []

    def report(error: KafkaError | None, message: Message) -> None:
        if error is None:
            offsets.append(message.offset() or 0)
        else:
            errors.append(error)

    for record in records:
        client.produce(topic, record.encode(), record.flag.encode(), partition=0, on_delivery=report)
    client.flush(_DELIVERY_S + 1)
    if errors or len(offsets) < len(records):
        error = errors[0] if errors else KafkaError(KafkaError._TIMED_OUT)
        raise translate(error, bootstrap(settings), _DELIVERY_S)
    return max(offsets)


def read_state(settings: Settings) -> ControlState:
    """The flags as the log has them now. Raises DependencyError without a broker or without ``control.flags``."""
    return _read_flags(settings)[0]


def _read_flags(settings: Settings) -> tuple[ControlState, frozenset[str]]:
    state, seen = ControlState(), set()
    for message in read_all(settings, Names(settings.topic_prefix).topic(TopicName.FLAGS)):
        key = message.key()
        state = state.apply(message.offset() or 0, key, message.value())
        seen.add((key or b"").decode("utf-8", "replace"))
    return state, frozenset(seen)


def read_history(settings: Settings, name: str | None = None) -> Iterator[ControlRecord]:
    """The audit lines, oldest first; only those of flag ``name`` where given.

    Raises ConfigurationError for an unknown flag, Undecodable for a foreign record, DependencyError.
    """
    if name is not None:
        flag(name)
    for message in read_all(settings, Names(settings.topic_prefix).topic(TopicName.AUDIT)):
        try:
            record = ControlRecord.model_validate_json(message.value() or b"")
        except ValueError:
            raise Undecodable(
                f"{message.topic()} holds a record that is no audit line, at offset {message.offset()}"
            ) from None
        if name in (None, record.flag):
            yield record


def first_values() -> dict[str, Any]:
    """What a new installation starts with: ``streams.control.FIRST_VALUES``, the shipped playbook, and what that one
    has switched on: its channels, templates and intents."""
    automation = load_playbook().automation
    templates = sorted({template for rule in automation.intents.values() for template in rule.every_template})
    switches = [*(TEMPLATE_SWITCH + name for name in templates), *(INTENT_SWITCH + name for name in automation.intents)]
    channels = [channel.value for channel in automation.channels]
    return {
        **FIRST_VALUES,
        "playbook": SHIPPED,
        "automation_enabled_channels": channels,
        **dict.fromkeys(switches, True),
    }


def missing_flags(settings: Settings, values: Mapping[str, Any]) -> dict[str, Any]:
    """Those of ``values`` (see ``first_values``) that nobody ever wrote. Raises DependencyError.

    A flag that was deleted or damaged is not among them: it has its safest value until an operator sets it.
    """
    seen = _read_flags(settings)[1]
    return {name: value for name, value in values.items() if name not in seen}


def write_missing_flags(settings: Settings, values: Mapping[str, Any], *, author: str = "mw") -> tuple[str, ...]:
    """Write ``values`` (see ``first_values``) where they are missing, once and audited; the names written.

    Waits for no process. Raises DependencyError. Two callers at the same moment may both write the same first value,
    which harms nobody.
    """
    missing = missing_flags(settings, values)
    if missing:
        publish_flags(settings, missing, author=author, reason="first value: the flag was missing", wait=False)
    return tuple(missing)
