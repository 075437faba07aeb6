"""What a program wrote is told from what a customer wrote about one."""

from __future__ import annotations

from time import process_time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agents.auto_reply import is_auto_reply

HEADERS = [
    {"auto-submitted": "auto-replied"},
    {"auto-submitted": "auto-generated; owner-email=x"},
    {"x-autoreply": "yes"},
    {"x-auto-response-suppress": "OOF, AutoReply"},
    {"precedence": "bulk"},
    {"list-id": "<news.shop.example>"},
    {"return-path": "<>"},
    {"content-type": "multipart/report; report-type=delivery-status"},
]


@pytest.mark.parametrize("headers", HEADERS)
def test_headers_tell(headers: dict[str, str]) -> None:
    assert is_auto_reply("Where is my order?", headers=headers)


@pytest.mark.parametrize(
    "headers", [{}, {"auto-submitted": "no"}, {"precedence": "first-class"}, {"return-path": "<jane@example.com>"}]
)
def test_headers_of_people_do_not(headers: dict[str, str]) -> None:
    assert not is_auto_reply("Where is my order?", headers=headers)


@pytest.mark.parametrize(
    "sender",
    ["noreply@shop.example", "Shop <no-reply@x.example>", "MAILER-DAEMON@mx.example", "postmaster@x.example",
     "bounces+17@x.example", "do_not_reply@x.example", "notifications@x.example"],
)  # fmt: skip
def test_senders_that_nobody_reads(sender: str) -> None:
    assert is_auto_reply("hello", sender=sender)


@pytest.mark.parametrize("sender", ["jane@example.com", "Noreen Reply <noreen@x.example>", "", "not an address"])
def test_senders_that_somebody_reads(sender: str) -> None:
    assert not is_auto_reply("hello", sender=sender)


@pytest.mark.parametrize(
    "subject",
    ["Automatic reply: Your order", "Out of Office", "RE: Automatische Antwort: Lieferung", "Undeliverable: Hello",
     "Réponse automatique : commande", "Respuesta automática", "Risposta automatica: ordine", "Automatisch antwoord:",
     "Delivery Status Notification (Failure)", "Automatyczna odpowiedź", "自動返信"],
)  # fmt: skip
def test_subjects_of_programs(subject: str) -> None:
    assert is_auto_reply("see below", subject=subject)


@pytest.mark.parametrize(
    "subject",
    [
        "Undeliverable parcel",
        "Delivery failure of my order",
        "Returned mail order item",
        "My order",
        "Re: Your order was delivered",
        "Office chair out of stock",
        "",
    ],
)
def test_subjects_of_people(subject: str) -> None:
    assert not is_auto_reply("see below", subject=subject)


@pytest.mark.parametrize(
    "text",
    ["Thank you for your email. I am out of the office until Monday, 5 January.",
     "Hello,\n\nI am currently on leave and will answer when I am back.",
     "This is an automated response. Please do not reply to this message.",
     "Delivery to the following recipient failed permanently:\n\n    x@example.com",
     "Guten Tag, ich bin im Urlaub und ab dem 12. wieder da.",
     "Bonjour, je suis absent du bureau jusqu'au 3 mars.",
     "Hola, estoy de vacaciones hasta el lunes.",
     "Buongiorno, sono fuori ufficio fino al 7 gennaio.",
     "Olá, estou de férias até ao dia 9.",
     "Ik ben op vakantie tot 3 februari.",
     "We have received your message and will be in touch. Your ticket has been created.",
     "Delivery has failed to these recipients or groups:\n\nx@example.com",
     "Mail delivery failed: returning message to sender",
     "Your message to x@example.com couldn't be delivered.",
     "Ihre Nachricht an x@example.com konnte nicht zugestellt werden."],
)  # fmt: skip
def test_what_programs_say(text: str) -> None:
    assert is_auto_reply(text)


@pytest.mark.parametrize(
    "text",
    ["I was out of the office when the parcel came, can you send it again?",
     "I am on vacation until Friday, please deliver my parcel next week",
     "I only got an automatic reply from you and nobody answered",
     "My package could not be delivered to my address, what now?",
     "Mein Paket konnte nicht zugestellt werden. Wo ist es?",
     "El paquete no se ha podido entregar",
     "the address couldn't be found by the driver",
     "Thank you for contacting me back. I want the refund.",
     "The app says your request has been received but nothing happened to my order",
     "This email address is no longer valid, please update my account",
     "Why do I get this message was automatically generated instead of an answer",
     "Your automated response: please do not reply to this. Who do I write to?",
     "Ich bin im Urlaub, könnt ihr die Lieferung verschieben?",
     "Thanks, it has arrived!",
     "The office chair I ordered is out of shape",
     ""],
)  # fmt: skip
def test_what_people_say(text: str) -> None:
    assert not is_auto_reply(text)


@given(st.text(max_size=300), st.text(max_size=60), st.text(max_size=60))
def test_it_never_raises_and_says_the_same_twice(text: str, subject: str, sender: str) -> None:
    once = is_auto_reply(text, subject=subject, sender=sender)
    assert is_auto_reply(text, subject=subject, sender=sender) == once


@pytest.mark.parametrize("unit", ["re: ", "a", "noreply", "<", "i am ", "thank you for ", "\n", "-", "this is an "])
def test_long_input_is_quick(unit: str) -> None:
    long = unit * (100_000 // len(unit))
    started = process_time()
    is_auto_reply(long, subject=long, sender=long)
    assert process_time() - started < 0.2
