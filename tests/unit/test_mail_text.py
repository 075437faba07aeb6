"""Mail to the customer's own words."""

from __future__ import annotations

from time import process_time

import pytest
from hypothesis import given
from hypothesis import strategies as st
from selectolax.lexbor import LexborHTMLParser

from agents.html_text import looks_like_html, read_html
from agents.mail_text import plain_text, read_mail

UNTOUCHED = [
    pytest.param("Where is my order?", id="a sentence"),
    pytest.param("  spaces \t stay \r\n\r\n as they are  ", id="white space"),
    pytest.param("I <3 this shop, 5 < 6 and a<b", id="less-than signs"),
    pytest.param("write to <jane@example.com>", id="an address in angle brackets"),
    pytest.param("it is > 50 dollars", id="a greater-than sign inside a line"),
    pytest.param(">:( where is it", id="an angry face"),
    pytest.param("On the form I wrote:\nmy size is wrong", id="the customer tells what they wrote"),
    pytest.param("From: Berlin\nto Hamburg it took ten days", id="from and to in prose"),
    pytest.param("Fish &amp; chips", id="an entity in plain text"),
    pytest.param("> only a quote\n> and nothing else", id="nothing but history is kept"),
    pytest.param("", id="nothing"),
]


@pytest.mark.parametrize("text", UNTOUCHED)
def test_text_with_nothing_to_strip_comes_back_byte_identical(text: str) -> None:
    assert plain_text(text) == text


HTML = [
    pytest.param("<p>Hello</p><p>World</p>", "Hello\n\nWorld", id="paragraphs"),
    pytest.param("<div>a</div><div>b</div>", "a\nb", id="blocks break lines"),
    pytest.param("a<br>b<br/>c", "a\nb\nc", id="line breaks"),
    pytest.param("a<br><br>b", "a\n\nb", id="an empty line"),
    pytest.param("<div>a</div><div><br></div><div>b</div>", "a\n\nb", id="an empty line as Gmail writes it"),
    pytest.param("one <b>two</b>three", "one twothree", id="inline tags vanish"),
    pytest.param("<table><tr><td>a</td><td>b</td></tr><tr><td>c</td></tr></table>", "a b\nc", id="table cells"),
    pytest.param("<p>a\n   b&nbsp;&nbsp;c</p>", "a b c", id="white space collapses"),
    pytest.param("<p>&lt;3 &amp; &#8364;5 &#x41;</p>", "<3 & €5 A", id="entities"),
    pytest.param("<p>Tom &amp Jerry &unknown; &</p>", "Tom & Jerry &unknown; &", id="broken entities"),
    pytest.param("<style>p{a:b}</style><script>x('<p>')</script><p>hi</p>", "hi", id="styles and scripts"),
    pytest.param("<SCRIPT>var a</SCRIPT><p>hi</p>", "hi", id="scripts in capitals"),
    pytest.param("<title>Subject</title><body>hi</body>", "hi", id="the title"),
    pytest.param("a<!-- secret <b> -->b<br>", "ab", id="comments"),
    pytest.param('<a href="https://x.example/?m=jane@example.com" title="4111">link</a>', "link", id="attributes"),
    pytest.param("<a title='>' alt=\">\">x</a>", "x", id="a bracket in an attribute"),
    pytest.param("<a title=\"oops>it's</a> fine <b>x</b>", "it's fine x", id="a quote that is never closed"),
    pytest.param("<p>5 < 6", "5 < 6", id="a lone bracket"),
    pytest.param("<p>one<p>two", "one\n\ntwo", id="tags never closed"),
    pytest.param("&lt;p&gt;Hi&lt;/p&gt;<br>there", "Hi\n\nthere", id="HTML escaped once more"),
    pytest.param("<p></p>", "", id="nothing to see"),
]


@pytest.mark.parametrize(("html", "text"), HTML)
def test_html_becomes_the_text_a_reader_sees(html: str, text: str) -> None:
    assert plain_text(html) == text


HISTORY = [
    pytest.param("Yes.\n\nOn Mon, Jan 5, 2026 at 10:00 AM Jane <j@x.com> wrote:\n> old\n> older", "Yes.", id="gmail"),
    pytest.param("Yes.\n\nOn Mon, 5 Jan 2026, Jane Doe <j@x.com>\nwrote:\n\n> old", "Yes.", id="a wrapped line"),
    pytest.param(
        "Yes.\n\nOn 5 Jan 2026, at 10:00, Shop wrote:\n\nold without marks", "Yes.", id="history without marks"
    ),
    pytest.param("> old\n> older\n\nMy answer", "My answer", id="an answer below"),
    pytest.param("On 5 Jan 2026, Shop wrote:\n> old\n\nMy answer", "My answer", id="an answer below its announcement"),
    pytest.param("First\n> q1\nSecond\n> q2\nThird", "First\n\nSecond\n\nThird", id="answers in between"),
    pytest.param("Ok\r\n\r\n-----Original Message-----\r\nFrom: a\r\nold", "Ok", id="outlook's separator"),
    pytest.param("Ok\n\nFrom: A <a@b.c>\nSent: Monday\nTo: B\nSubject: C\n\nold", "Ok", id="outlook's header"),
    pytest.param("Ok\n\n*From:* A\n*Date:* Monday\n*Subject:* C\n\nold", "Ok", id="a header in bold"),
    pytest.param("See below\n\n---------- Forwarded message ---------\nFrom: A\n\nold", "See below", id="forwarded"),
    pytest.param("Siehe unten\n\nAm 05.01.2026 um 10:00 schrieb Shop <s@x.de>:\n> alt", "Siehe unten", id="german"),
    pytest.param("Oui\n\nLe lun. 5 janv. 2026 à 10:00, Shop <s@x.fr> a écrit :\n> vieux", "Oui", id="french"),
    pytest.param(
        '<div dir="ltr">New</div><div class="gmail_quote"><div>On 5 Jan 2026, x wrote:<br></div>'
        "<blockquote>old<blockquote>older</blockquote></blockquote></div>",
        "New",
        id="gmail's html",
    ),
    pytest.param(
        "<p>New</p><blockquote>old <blockquote>x</blockquote> old</blockquote><p>End</p>", "New\n\nEnd", id="html"
    ),
    pytest.param('<p>New</p><div id="appendonsend"></div><hr><p>old</p>', "New", id="outlook's html"),
    pytest.param("<blockquote>only this</blockquote>", "only this", id="nothing but a quote in html is kept"),
]


@pytest.mark.parametrize(("mail", "own"), HISTORY)
def test_quoted_history_is_cut(mail: str, own: str) -> None:
    assert plain_text(mail) == own
    assert plain_text(own) == own


REQUESTS_STAY = [
    "Thanks\ncancel my order",
    "Thanks,\nCan you also cancel order 5",
    "Hello\n\nSent with DHL on Monday",
    "Hi,\nUnsubscribe me from your mails",
    "Hi\n--\nwhere is my order",
    "Hello,\n\nBest\nwould be a refund",
    "My jacket is torn.\n\nRegards\nPlease answer soon",
    "Where is it?\nThanks",
    "Where is it?\nthanks\njane doe",
    "Route:\nFrom: Berlin\nTo: Hamburg\nDate: 5 Jan",
    "I got this on 5 Jan 2026 from your shop and I wrote:\nplease cancel it",
    "It is torn.\n\nThanks\n\nOrder 1234\nBlue Jacket\nSize M",
    "It is torn.\n\nThanks\nJane\nOrder #1234",
    "Es ist kaputt.\n\nDanke\nBestellung 12345",
    "It is torn.\n\nRegards\nI Want A Refund",
    "It is torn.\n\nThanks\nthe new number is 0612345678",
    "It is torn.\n\nThanks\n1Z999AA10123456784",
    "It is torn.\n\n--\n1 x Blue Shirt\n1 x Red Shirt",
    "It is torn.\n\nSent from my iPhone\n\nAlso cancel order 22",
    "It is torn.\n\nGet Outlook for iOS\nMy order is 5512",
    "It is torn.\n\nSent from my Samsung phone but the charger you sold does not work",
    "It is torn.\n\nOn 5 May 2026 your agent wrote:\nsend it back\nI did.",
    "Il est cassé.\n\nLe 5 mai 2026 votre service a écrit :\nrenvoyez\nC'est fait.",
    "It is torn.\n\nAm 5.5.2026 schrieb Ihr Kollege:\nwird erstattet\nNichts passiert.",
]


@pytest.mark.parametrize("text", REQUESTS_STAY)
def test_what_the_customer_asks_is_never_taken_for_a_signature_or_a_quote(text: str) -> None:
    assert plain_text(text) == text


SIGNATURES = [
    pytest.param("Where is it?\n\nBest regards,\nJane Doe", id="a closing and a name"),
    pytest.param("Where is it?\n\nMit freundlichen Grüßen\nKarin von Beike\nTel. 0711 5550199", id="german"),
    pytest.param("Where is it?\n\n-- \nJane Doe\nDirector of Sales\n+1 415 555 2671\nwww.acme.example", id="delimiter"),
    pytest.param("Where is it?\n\nSent from my iPhone", id="a phone"),
    pytest.param("Where is it?\n\nSent from my iPhone\n\nJane Doe\n+1 212 555 2671 New York", id="a phone and a name"),
    pytest.param(
        "Where is it?\n\nSent from my iPhone\n\nCONFIDENTIALITY NOTICE: for the intended recipient alone.",
        id="a phone and a disclaimer",
    ),
    pytest.param("Where is it?\n\nRegards\nJane Doe\n617 555 2671 Boston MA 02110", id="a closing and a town"),
    pytest.param("Where is it?\n\nGet Outlook for iOS<https://aka.ms/x>", id="an app"),
    pytest.param("Where is it?\n\nEnvoyé de mon iPhone", id="french"),
    pytest.param(
        "Where is it?\n\nCONFIDENTIALITY NOTICE: for the intended recipient alone.\nIf it is not you, delete it.",
        id="a disclaimer",
    ),
    pytest.param("Where is it?\n\nVirus-free. www.scanner.example", id="a scanner"),
    pytest.param("Where is it?\n\nSaludos,\nLucía\n\nEnviado desde mi iPhone", id="both"),
]


@pytest.mark.parametrize("mail", SIGNATURES)
def test_signatures_are_cut(mail: str) -> None:
    assert plain_text(mail) == "Where is it?"


FORWARDED = [
    "---------- Forwarded message ---------\nFrom: Shop <s@x.com>\nDate: Mon\nSubject: Your order\n\nIt was sent.",
    "Begin forwarded message:\n\nFrom: Shop <s@x.com>\nSubject: Your order\nDate: Mon\n\nIt was sent.",
    "-------- Weitergeleitete Nachricht --------\nVon: Shop <s@x.com>\nBetreff: Ihr Paket\nDatum: Mo\n\nIt was sent.",
]


@pytest.mark.parametrize("forwarded", FORWARDED)
def test_a_forwarded_message_is_context_or_all_there_is_and_marked(forwarded: str) -> None:
    own = read_mail(f"Why is this late?\n\n{forwarded}")
    assert (own.text, own.forwarded) == ("Why is this late?", True)
    alone = read_mail(forwarded)
    assert (alone.text, alone.forwarded) == ("It was sent.", True)
    assert not read_mail("Why is this late?").forwarded


ANNOUNCED = [
    "tir. 18. apr. 2026 kl. 13:09 skrev Shop <s@x.com>:",
    "W dniu 2026-01-09 11:59:39 użytkownik Shop <s@x.com> napisał:",
    "2026-01-05 16:32 GMT+01:00 Shop <s@x.com>:",
    "ср, 30 апр. 2026 г. в 15:19, Shop <s@x.com>:",
    "pe 20. tammikuuta 2026 klo 17.50 Shop <s@x.com> kirjoitti:",
    "2026年1月5日 10:01 Shop <s@x.com> のメール:",
    "5 Oca 2026 10:01 tarihinde Shop <s@x.com> şunu yazdı:",
    "Op ma 5 jan 2026 om 10:01 schreef Shop <s@x.com>:",
]


@pytest.mark.parametrize("line", ANNOUNCED)
def test_a_quote_is_announced_in_many_languages(line: str) -> None:
    assert plain_text(f"Yes.\n\n{line}\n\nold words") == "Yes."


def test_spans_lead_back_through_html_and_history() -> None:
    raw = "<blockquote>old</blockquote><p>Mail &#106;ane@<b>example</b>.com</p>"
    mail = read_mail(raw)
    start = mail.text.index("jane@example.com")
    begin, end = mail.source_span(start, start + len("jane@example.com"))
    assert raw[begin:end] == "&#106;ane@<b>example</b>.com"


def test_is_html_can_be_said() -> None:
    assert plain_text("<x>a</x> &amp; b", is_html=True) == "a & b"
    assert plain_text("<p>a</p>", is_html=False) == "<p>a</p>"


words = st.text("abc &;<>\"'=/\n", max_size=12)
tags = st.sampled_from(
    ["p", "div", "b", "span", "br", "blockquote", "td", "script", "style", "a href='x'", "!--", "/p"]
)
markup = st.lists(st.one_of(words, tags.map("<{}>".format)), max_size=30).map("".join)


@given(markup)
def test_any_markup_is_read_without_raising_and_twice_is_once(raw: str) -> None:
    once = plain_text(raw)
    assert len(once) <= len(raw) + 2 * raw.count("<")
    assert plain_text(once) == once or looks_like_html(once)


@given(
    st.lists(
        st.tuples(st.sampled_from(["p", "div", "b", "i", "span", "li", "h2"]), st.text("abc ", max_size=8)), max_size=12
    )
)
def test_well_formed_html_reads_as_a_parser_reads_it(elements: list[tuple[str, str]]) -> None:
    raw = "".join(f"<{tag} class='c'>{text}</{tag}>" for tag, text in elements)
    parsed = LexborHTMLParser(f"<body>{raw}</body>").text(separator="")
    assert "".join(read_html(raw, keep_quotes=True).text.split()) == "".join(parsed.split())


HOSTILE = [
    "<a b='",
    "<a b='>",
    "<",
    "<a ",
    "<!--",
    "<blockquote>",
    "<script>",
    "&amp",
    "On 1\n",
    "> \n\n",
    "From: \n",
    "From: a@b.c\n",
    "Subject: x\nTo: a\n",
    "Thanks,\n",
    "Jane\n",
    "-- \n",
    "On 5 Jan 2026 a <a@b.c>\n",
    "12:00 <a@b.c>",
    "Sent from my ",
    "This message is \n",
    "a: ",
    "a b ",
    "-",
    " ",
]


@pytest.mark.parametrize("unit", HOSTILE)
def test_hostile_markup_of_100_kb_is_read_within_a_second(unit: str) -> None:
    raw = (unit * 100_000)[:100_000]
    started = process_time()  # what this process used: others on the machine do not count
    plain_text(raw)
    plain_text(raw, is_html=True)
    assert process_time() - started < 1.0
