"""The one table of topics (contracts: "Topics"). Everything that names, creates or checks a topic reads it here."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from streams.reasons import Stage

_HOUR_MS = 3_600_000
_DAY_MS = 24 * _HOUR_MS


class TopicName(StrEnum):
    """The topics, by the name they carry without a prefix."""

    INBOUND = "tickets.inbound"
    SANITIZED = "tickets.sanitized"
    CLASSIFIED = "tickets.classified"
    DECIDED = "tickets.decided"
    OUTCOMES = "tickets.outcomes"
    DEAD = "tickets.dead"
    LEDGER = "actions.ledger"
    FEEDBACK = "feedback.signals"
    FLAGS = "control.flags"
    ACKS = "control.acks"
    AUDIT = "control.audit"
    SPEND = "model.spend"


_SEGMENTS = 24
"""Kafka deletes whole segments, and closes one after a week unless told otherwise: a promise of three days would be
ten. With this many in a retention, a record outlasts it by a twenty-fourth at most, three hours of three days."""


@dataclass(frozen=True)
class TopicSpec:
    """How one topic is laid out. ``retention_ms`` None: kept for ever (compacted, or an audit log)."""

    name: TopicName
    partitions: int
    retention_ms: int | None
    key: str
    compacted: bool = False
    max_message_bytes: int = 1_048_576

    def config(self) -> dict[str, str]:
        """The broker's topic settings."""
        config = {
            "cleanup.policy": "compact" if self.compacted else "delete",
            "retention.ms": "-1" if self.retention_ms is None else str(self.retention_ms),
            "max.message.bytes": str(self.max_message_bytes),
        }
        if self.compacted:  # acknowledgements come every second: let them be cleaned soon
            config |= {"segment.ms": str(10 * 60_000), "min.cleanable.dirty.ratio": "0.1"}
        elif self.retention_ms is not None:
            config["segment.ms"] = str(self.retention_ms // _SEGMENTS)
        return config


def _days(name: TopicName, partitions: int, days: int, key: str = "conversation id") -> TopicSpec:
    return TopicSpec(name, partitions, days * _DAY_MS, key)


TOPICS: tuple[TopicSpec, ...] = (
    _days(TopicName.INBOUND, 12, 3),
    _days(TopicName.SANITIZED, 12, 7),
    _days(TopicName.CLASSIFIED, 12, 7),
    _days(TopicName.DECIDED, 12, 35),
    _days(TopicName.OUTCOMES, 12, 35),
    _days(TopicName.DEAD, 12, 30),
    _days(TopicName.LEDGER, 12, 8, "action id, partitioned by conversation id"),
    _days(TopicName.FEEDBACK, 3, 400),
    TopicSpec(TopicName.FLAGS, 1, None, "flag", compacted=True),
    TopicSpec(TopicName.ACKS, 1, None, "process", compacted=True),
    TopicSpec(TopicName.AUDIT, 1, None, "flag"),
    TopicSpec(TopicName.SPEND, 1, None, "stage and partition", compacted=True),
)

STAGE_TOPICS: dict[Stage, tuple[TopicName, TopicName]] = {
    Stage.SANITIZE: (TopicName.INBOUND, TopicName.SANITIZED),
    Stage.CLASSIFY: (TopicName.SANITIZED, TopicName.CLASSIFIED),
    Stage.POLICY: (TopicName.CLASSIFIED, TopicName.DECIDED),
    Stage.ACT: (TopicName.DECIDED, TopicName.OUTCOMES),
}
"""For each stage the topic it reads and the topic it writes."""


@dataclass(frozen=True)
class Names:
    """Names on the cluster: ``prefix`` keeps several installations (or tests) apart on one cluster."""

    prefix: str = ""

    def topic(self, name: TopicName) -> str:
        """The topic's name on the cluster."""
        return f"{self.prefix}{name.value}"

    def group(self, stage: Stage) -> str:
        """The consumer group (= Faust app id) of a stage."""
        return f"{self.prefix}mw-{stage.value}"
