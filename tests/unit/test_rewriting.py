"""A rewritten text leads every one of its spans back to the source."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from agents.rewriting import Edit, Rewritten


@st.composite
def rewritings(draw: st.DrawFn) -> tuple[str, list[Edit]]:
    """A source and ascending, disjoint edits of it (some delete, some insert more than they remove)."""
    source = draw(st.text(max_size=40))
    bounds = sorted(draw(st.lists(st.integers(0, len(source)), max_size=10)))
    pairs = zip(bounds[::2], bounds[1::2], strict=False)
    return source, [Edit(a, b, draw(st.text("xyz", max_size=3))) for a, b in pairs if a < b]


def test_spans_of_kept_and_replaced_characters() -> None:
    rewritten = Rewritten("a &amp; b <b>c</b>", [Edit(2, 7, "&"), Edit(10, 13, ""), Edit(14, 18, "")])
    assert rewritten.text == "a & b c"
    assert rewritten.source_span(2, 3) == (2, 7)
    assert rewritten.source_span(6, 7) == (13, 14)
    assert rewritten.source_span(0, 7) == (0, 14)


def test_without_edits_nothing_moves() -> None:
    assert Rewritten("abc").source_span(1, 3) == (1, 3)


@given(rewritings())
def test_every_kept_character_is_found_again_and_order_is_kept(case: tuple[str, list[Edit]]) -> None:
    source, edits = case
    rewritten = Rewritten(source, edits)
    spans = [rewritten.source_span(i, i + 1) for i in range(len(rewritten.text))]
    assert spans == sorted(spans)
    by_span = {(e.start, e.end): e.text for e in edits}
    for character, span in zip(rewritten.text, spans, strict=True):
        assert character in by_span.get(span, "") or source[slice(*span)] == character
