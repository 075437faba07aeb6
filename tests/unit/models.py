"""What tests of the classify stage share: a small set of examples, and a model that remembers."""

from __future__ import annotations

from collections.abc import Sequence

from streams.decision import IntentScore

COLOURS = ("blue", "red", "green", "grey", "black", "white", "brown", "pink")

FEW_EXAMPLES = {
    "damaged_item": [f"the {colour} cup arrived broken" for colour in COLOURS],
    "order_status_tracking": [f"where is my {colour} parcel now" for colour in COLOURS],
    "unknown_other": [f"hello and thanks, a {colour} day to you" for colour in COLOURS],
}
"""Trained on within a second."""


class RememberingModel:
    """A ``LocalModel`` that answers every text alike and remembers what it was asked."""

    name = "remembering"

    def __init__(self) -> None:
        self.asked: list[str] = []

    def predict(self, texts: Sequence[str]) -> list[tuple[IntentScore, ...]]:
        """The same two intents for each text."""
        self.asked.extend(texts)
        scores = (
            IntentScore(intent="refund_request", confidence=0.9),
            IntentScore(intent="damaged_item", confidence=0.4),
        )
        return [scores for _ in texts]
