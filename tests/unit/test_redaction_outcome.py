"""What the stage makes of a labelled message: what it redacts, and what is not in its output at all."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agents.redaction import Detector, Label, RedactionSettings, Span, View
from agents.sanitize import SanitizeSettings, sanitize_text
from control.labelled_messages import LabelledMessage, Part, Value
from control.redaction_outcome import Outcome, outcome
from streams.facts import Contact

SETTINGS = SanitizeSettings()


def became(text: str, settings: SanitizeSettings = SETTINGS) -> Outcome:
    """What becomes of ``text``."""
    return outcome(LabelledMessage("1", text), settings)


def left(text: str, settings: SanitizeSettings = SETTINGS) -> str:
    """The characters of ``text`` that are neither redacted nor gone."""
    result = became(text, settings)
    hidden = {at for start, end in result.gone for at in range(start, end)}
    hidden |= {at for one in result.found for at in range(one.start, one.end)}
    return "".join(character for at, character in enumerate(text) if at not in hidden)


def test_plain_text_loses_nothing_but_what_is_redacted() -> None:
    assert became("mail jo@example.com now") == Outcome((Value(Label.EMAIL, 5, 19),))


def test_what_is_known_of_the_customer_is_redacted() -> None:
    message = LabelledMessage("1", "ask quorvex", customer=Contact(name="Q. Quorvex"))
    assert outcome(message, SETTINGS).found == (Value(Label.NAME, 4, 11),)


def test_attributes_scripts_and_quoted_history_are_gone() -> None:
    html = (
        '<p title="secret-a">my order<br class="secret-b">is late</p><script>secret-c</script>'
        '<div class="gmail_quote">On Monday a secret-d wrote</div>'
    )
    assert "".join(left(html).split()) == "myorderislate"
    mail = "it is late\n\nOn Mon, 3 Mar 2025 at 10:00, Shop <help@shop.example> wrote:\n> secret-e\n"
    assert left(mail).strip() == "it is late"


def test_entities_stay_as_far_as_they_are_shown() -> None:
    assert left("<b>fish &amp; chips</b>").replace(" ", "") == "fish&amp;chips"


def test_what_is_beyond_the_limit_is_gone() -> None:
    settings = SanitizeSettings(RedactionSettings(text_limit=60))
    text = "mail jo@example.com or ann@example.com " + "and wait " * 20
    assert left(text, settings) == "mail  or  " + "and wait " * 3 + "and"


def test_a_redactor_that_fails_lets_nothing_through() -> None:
    def broken(view: View) -> list[Span]:
        raise RuntimeError(view.text)

    own: tuple[Detector, ...] = (broken,)
    assert became("jo", SanitizeSettings(own=own)) == Outcome((), (Part(0, 2),), held_back=True)


@pytest.mark.parametrize("limit", [40, 4_000])
@given(
    pieces=st.lists(
        st.sampled_from(
            [
                "hi",
                " ",
                "\n",
                "jo@example.com",
                "[EMAIL_99]",
                "<p>",
                "</p>",
                "<br>",
                "&amp;",
                "+1 415 555 2671",
                "é",
                "> a",
            ]
        ),
        max_size=24,
    )
)
def test_what_is_left_is_what_the_output_shows(pieces: list[str], limit: int) -> None:
    text, settings = "".join(pieces), SanitizeSettings(RedactionSettings(text_limit=limit))
    result = became(text, settings)
    spans = sorted([*result.gone, *(Part(one.start, one.end) for one in result.found)])
    assert all(0 <= start < end <= len(text) for start, end in spans)
    output = sanitize_text(text, settings).text
    shown = "".join(output.split())
    for label in Label:
        for number in range(30):  # the texts themselves hold number 99 only
            shown = shown.replace(f"[{label.value}_{number}]", "")
    assert "".join(left(text, settings).replace("&amp;", "&").split()) == shown.replace("&amp;", "&")
