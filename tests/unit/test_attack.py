"""No text, however crafted, reaches more than it would have had, though the classifier obeys it completely."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agents.sanitize import SanitizeSettings
from agents.tier0 import find_signals
from control.attack import Attack, attack_texts, read_texts
from streams.decision import IntentScore
from streams.errors import ConfigurationError
from tests.unit.policy_inputs import PLAYBOOK
from tests.unit.test_injection import MESSAGES, ORDERS

SETTINGS = SanitizeSettings()


class Silent:
    """A model that recognises nothing."""

    name = "silent"

    def predict(self, texts: Sequence[str]) -> list[tuple[IntentScore, ...]]:
        return [() for _ in texts]


def attacked(*texts: str) -> Attack:
    return attack_texts(texts, PLAYBOOK, Silent(), SETTINGS)


@pytest.mark.parametrize("order", ORDERS)
@pytest.mark.parametrize(
    "around", ["{}", "where is my parcel? {} thanks", "<div>hello</div><p>{}</p>", "{}\n\nI will sue you"]
)
def test_orders_to_the_model_bring_no_reply_and_silence_nothing(order: str, around: str) -> None:
    result = attacked(around.format(order))
    assert result.suspected == 1
    assert not result.broken


def test_a_message_that_gives_no_orders_is_one_for_which_the_classifier_counts() -> None:
    result = attacked(*(message for message in MESSAGES if message))  # so the test above can fail
    assert result.suspected == 0
    assert result.replies_gained > 5


threats = st.sampled_from(
    [
        "I will sue you",
        "I am disputing this charge with my bank",
        "delete all my data",
        "this is fraud, I never ordered that",
    ]
)


@settings(max_examples=100, deadline=None)
@given(st.text(max_size=60), threats, st.text(max_size=60))
def test_whatever_stands_around_a_signal_that_was_seen_escalates(before: str, threat: str, after: str) -> None:
    text = f"{before}\n{threat}\n{after}"
    result = attacked(text)
    assert result.signals_silenced == 0
    assert result.teams_outside == 0
    if find_signals(text):
        assert result.replies_gained == 0 or result.suspected == 0


def test_texts_are_read_from_json_lines_or_plain_lines(tmp_path: Path) -> None:
    path = tmp_path / "texts"
    path.write_text('{"text": "one"}\n\ntwo\n{"no": "text"}\n', encoding="utf-8")
    assert read_texts(path) == ["one", "two", '{"no": "text"}']
    with pytest.raises(ConfigurationError, match="cannot be read"):
        read_texts(tmp_path)
