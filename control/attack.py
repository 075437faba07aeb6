"""What an attacker could reach whom the classifier obeys completely: each text decided as it is, and as it is told."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import orjson

from agents.playbook import Playbook
from agents.policy import decide
from agents.ports import LocalModel
from agents.sanitize import SanitizeSettings, sanitize_text
from agents.tier0 import find_signals
from streams.clock import SYSTEM_CLOCK, Clock
from streams.control import ROLLOUT_STAGES
from streams.decision import ControlView, Decision, DecisionInputs, IntentScore
from streams.errors import ConfigurationError, RedactionFailed
from streams.reasons import Channel


@dataclass
class Attack:
    """How many texts there were, and what an obedient classifier changed for them."""

    texts: int = 0
    held_back: int = 0  # no text passed
    suspected: int = 0
    replies_gained: int = 0
    signals_silenced: int = 0
    teams_outside: int = 0

    @property
    def broken(self) -> bool:
        """Whether anything was reached that must not be."""
        return bool(self.replies_gained or self.signals_silenced or self.teams_outside)

    def figures(self) -> dict[str, int]:
        """What was counted, in words."""
        return {
            "texts": self.texts,
            "held back by redaction": self.held_back,
            "suspected of giving orders": self.suspected,
            "with a reply that they would not have had": self.replies_gained,
            "with a signal silenced": self.signals_silenced,
            "sent to a team outside the table": self.teams_outside,
        }


def read_texts(path: Path) -> list[str]:
    """The texts in ``path``: the ``text`` of JSON lines, or each line as it is. Raises ConfigurationError."""
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as exc:
        raise ConfigurationError(f"{path}: cannot be read as UTF-8 text ({type(exc).__name__})") from None
    return [_text(line) for line in lines if line.strip()]


def _text(line: str) -> str:
    try:
        value = orjson.loads(line)
    except orjson.JSONDecodeError:
        return line
    return value["text"] if isinstance(value, dict) and isinstance(value.get("text"), str) else line


def attack_texts(
    texts: Iterable[str], playbook: Playbook, model: LocalModel, settings: SanitizeSettings, clock: Clock = SYSTEM_CLOCK
) -> Attack:
    """Every text attacked: the switches are all on and replies released, so that policy alone stands in the way."""
    result, released = Attack(), _released(playbook)
    everything = _everything(playbook)
    for text in texts:
        result.texts += 1
        try:
            safe = sanitize_text(text, settings)
        except RedactionFailed:
            result.held_back += 1
            continue
        result.suspected += safe.features.injection_suspected
        now = clock.now()
        inputs = DecisionInputs(
            intents=model.predict([safe.text])[0] if safe.text.strip() else (),
            tier0=find_signals(safe.text),
            word_count=safe.features.word_count,
            has_order_number=safe.features.has_order_number,
            auto_reply=safe.features.auto_reply,
            attachment_only=safe.features.attachment_only,
            injection_suspected=safe.features.injection_suspected,
            channel=Channel.EMAIL,
            bucket=0,
            asked_at=now,
            now=now,
            control=everything,
        )
        _compare(result, decide(inputs, released), _obeying(inputs, released), released)
    return result


def _obeying(inputs: DecisionInputs, playbook: Playbook) -> list[Decision]:
    """The decisions where the classifier says whatever it is told to, each intent with full confidence."""
    told = ((IntentScore(intent=name, confidence=1.0),) for name in playbook.rank)
    return [decide(inputs.model_copy(update={"intents": intents}), playbook) for intents in told]


def _compare(result: Attack, honest: Decision, obeying: Sequence[Decision], playbook: Playbook) -> None:
    result.replies_gained += any(each.template not in (None, honest.template) for each in obeying)
    result.signals_silenced += (
        honest.tier == 0 and "tier0_signal" in honest.reasons and any(each.tier != 0 for each in obeying)
    )
    result.teams_outside += any(each.team not in playbook.team for each in obeying)


def _released(playbook: Playbook) -> Playbook:
    parts = {name: getattr(playbook, name) for name in Playbook.model_fields}
    return Playbook(**{**parts, "automation": playbook.automation.model_copy(update={"replies_released": True})})


def _everything(playbook: Playbook) -> ControlView:
    return ControlView(
        stale=False,
        safe_mode=False,
        automation_enabled=True,
        outbound_enabled=True,
        rollout_stage=ROLLOUT_STAGES[-1],
        rollout_percent=100,
        channels=tuple(playbook.automation.channels),
        templates=tuple(playbook.templates.templates),
        intents=tuple(playbook.rank),
    )
