"""Replies are worded strictly: only whitelisted values of the right shape, escaped, with the disclosure, on their
channels."""

from __future__ import annotations

import html
import re
from html.parser import HTMLParser

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agents.playbook_templates import Template, Variable, cut
from agents.template_checks import SAMPLE_VALUES
from agents.wording import LONGEST, Fault, Rendered, WordingError, render
from streams.reasons import Channel
from tests.unit.policy_inputs import PLAYBOOK

BRAND = PLAYBOOK.brand
TEMPLATES = PLAYBOOK.templates.templates
VALUES = {**SAMPLE_VALUES, Variable.TRACKING_URL: "https://www.ups.com/track?n=1Z999&l=en_US"}
TRACKED = PLAYBOOK.template("t_order_status_verified")
NEEDED = {"order_number": "#1001", "order_status": "on its way"}


class _Tags(HTMLParser):
    """The tags of a page, and its text."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.text = ""

    def handle_starttag(self, tag: str, attrs: object) -> None:
        self.tags.append(tag)

    def handle_data(self, data: str) -> None:
        self.text += data


def words(text: str) -> list[str]:
    return re.findall(r"\S+", text)


@pytest.mark.parametrize("channel", [Channel.EMAIL, Channel.LIVECHAT])
@pytest.mark.parametrize("name", TEMPLATES)
def test_every_shipped_template_says_what_it_must_on_every_channel(name: str, channel: Channel) -> None:
    template = TEMPLATES[name]
    for optional in ((), template.optional):
        reply = render(template, BRAND, channel, {v: VALUES[v] for v in (*template.required, *optional)})
        for text in (reply.text, html.unescape(reply.html)):
            assert BRAND.disclosure in text
            assert BRAND.reach_a_person in text
            assert "{" not in text
            assert "  " not in text
        assert len(reply.text) <= LONGEST[channel]
        page = _Tags()
        page.feed(reply.html)
        assert set(page.tags) <= {"p", "br", "a"}
        assert words(page.text) == words(reply.text) or "<br>" in reply.html or "</p><p>" in reply.html


def test_a_reply_as_the_customer_gets_it() -> None:
    reply = render(
        TRACKED, BRAND, Channel.EMAIL, {**NEEDED, "first_name": "Zoë", "tracking_url": VALUES["tracking_url"]}
    )
    assert reply == Rendered(
        "Hi Zoë,\n\nyour order #1001 is on its way.\n\nYou can follow it here: https://www.ups.com/track?n=1Z999&l=en_US"
        "\n\nThis is an automatic reply. Just answer, and a person from our team takes over.\n\nYour support team",
        "<p>Hi Zoë,</p><p>your order #1001 is on its way.</p><p>You can follow it here: "
        '<a href="https://www.ups.com/track?n=1Z999&amp;l=en_US">https://www.ups.com/track?n=1Z999&amp;l=en_US</a></p>'
        "<p>This is an automatic reply. Just answer, and a person from our team takes over.</p>"
        "<p>Your support team</p>",
    )


def test_a_reply_that_closes_says_how_to_open_again() -> None:
    assert BRAND.reopen in render(TRACKED, BRAND, Channel.LIVECHAT, NEEDED, closes=True).text
    assert BRAND.reopen not in render(TRACKED, BRAND, Channel.LIVECHAT, NEEDED).text


@pytest.mark.parametrize(
    ("channel", "changes", "fault"),
    [
        (Channel.PHONE, {}, Fault.WRONG_CHANNEL),
        (Channel.EMAIL, {"order_number": None}, Fault.MISSING_VARIABLE),
        (Channel.EMAIL, {"eta_window": "3 business days"}, Fault.UNKNOWN_VARIABLE),
        (Channel.EMAIL, {"address": "12 Oak Lane"}, Fault.UNKNOWN_VARIABLE),
        (Channel.EMAIL, {"first_name": ""}, Fault.ODD_VALUE),
        (Channel.EMAIL, {"first_name": "Jane\nDoe"}, Fault.ODD_VALUE),
        (Channel.EMAIL, {"first_name": "{{order_number}}"}, Fault.ODD_VALUE),
        (Channel.EMAIL, {"first_name": "<b>Jane</b>"}, Fault.ODD_VALUE),
        (Channel.EMAIL, {"first_name": "visit evil.example"}, Fault.ODD_VALUE),
        (Channel.EMAIL, {"first_name": "jane@example.com"}, Fault.ODD_VALUE),
        (Channel.EMAIL, {"order_number": "1001 or 1=1"}, Fault.ODD_VALUE),
        (Channel.EMAIL, {"order_status": "4111 1111 1111 1111"}, Fault.ODD_VALUE),
        (Channel.EMAIL, {"tracking_url": "http://www.ups.com/x"}, Fault.ODD_VALUE),
        (Channel.EMAIL, {"tracking_url": "https://www.ups.com/<script>"}, Fault.ODD_VALUE),
        (Channel.EMAIL, {"tracking_url": "https://evil.example/ups.com"}, Fault.LINK_NOT_ALLOWED),
        (Channel.EMAIL, {"tracking_url": "https://notups.com/track"}, Fault.LINK_NOT_ALLOWED),
        (Channel.EMAIL, {"tracking_url": "https://ups.com@evil.example/"}, Fault.LINK_NOT_ALLOWED),
        (Channel.EMAIL, {"tracking_url": "https://ups.com:pw@ups.com/"}, Fault.LINK_NOT_ALLOWED),
        (Channel.EMAIL, {"tracking_url": "https://ups.com.evil.example/"}, Fault.LINK_NOT_ALLOWED),
        (Channel.EMAIL, {"tracking_url": "https://evil.example\\.ups.com/"}, Fault.LINK_NOT_ALLOWED),
    ],
)  # fmt: skip
def test_what_is_odd_is_never_sent(channel: Channel, changes: dict[str, str | None], fault: Fault) -> None:
    values = {name: value for name, value in {**NEEDED, **changes}.items() if value is not None}
    with pytest.raises(WordingError) as caught:
        render(TRACKED, BRAND, channel, values)
    assert caught.value.fault is fault
    assert not any(value and value in str(caught.value) for value in changes.values())


@settings(max_examples=400, deadline=None)
@given(
    st.dictionaries(
        st.sampled_from([*Variable, "address"]),
        st.one_of(
            st.text(max_size=60), st.sampled_from(sorted(VALUES.values())), st.text("aZ<>&\"'{}/ .1", max_size=12)
        ),
    ),
    st.sampled_from(list(Channel)),
)
def test_no_value_brings_markup_braces_or_lines_into_a_reply(values: dict[str, str], channel: Channel) -> None:
    try:
        reply = render(TRACKED, BRAND, channel, {**NEEDED, **values})
    except WordingError:
        return
    page = _Tags()
    page.feed(reply.html)
    assert set(page.tags) <= {"p", "br", "a"}
    assert not set("{}<>") & set(reply.text)
    assert reply.text.count("\n") <= 8
    assert BRAND.disclosure in reply.text


MISFITS = ["{{?a}}x", "{{/a}}", "{{?a}}{{?b}}{{/b}}{{/a}}", "{{?a}}x{{/b}}", "{a}", "}}", "{{A}}", "{{a}"]


@pytest.mark.parametrize("text", MISFITS)
def test_marks_that_do_not_add_up_are_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"does not fit|never closed|no mark"):
        cut(text)


@given(st.text("ab{}?/ \n", max_size=40))
def test_a_text_is_cut_without_loss_or_refused(text: str) -> None:
    try:
        pieces = cut(text)
    except ValueError:
        return
    assert "".join(piece.words for piece in pieces) == re.sub(r"\{\{[?/]?[a-z_]+\}\}", "", text)


def test_a_section_for_a_missing_value_is_left_out_whole() -> None:
    text = "a{{?first_name}} b {{first_name}} c{{/first_name}} d"
    template = Template(channels=(Channel.EMAIL,), optional=(Variable.FIRST_NAME,), text=text)
    assert render(template, BRAND, Channel.EMAIL, {}).text.startswith("a d\n")
    assert render(template, BRAND, Channel.EMAIL, {"first_name": "Jo"}).text.startswith("a b Jo c d\n")


def test_a_reply_too_long_for_its_channel_is_not_sent() -> None:
    template = Template(channels=(Channel.EMAIL, Channel.LIVECHAT), text="word " * 150)
    assert render(template, BRAND, Channel.EMAIL, {})
    with pytest.raises(WordingError) as caught:
        render(template, BRAND, Channel.LIVECHAT, {})
    assert caught.value.fault is Fault.TOO_LONG
