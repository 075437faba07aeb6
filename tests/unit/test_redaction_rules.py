"""What is redacted and what stays: one row, one rule. Values are between ``{`` and ``}``; all of them are invented."""

from __future__ import annotations

import re

import pytest

from agents.redaction import RedactionSettings, redact
from streams.errors import ConfigurationError
from tests.support.lexicon import shipped_lexicon

SETTINGS = RedactionSettings(lexicon=shipped_lexicon())
PLACEHOLDER = re.compile(r"\[[A-Z_]+_\d+\]")

REDACTED = [
    # e-mail
    ("EMAIL", "mail {jane.doe+shop@mail.example.co.uk}, please"),
    ("EMAIL", "it's {o'neil@example.com}."),
    ("EMAIL", "<{jane@example.com}>"),
    ("EMAIL", "mailto:{jane@example.com}"),
    ("EMAIL", "my address {jane@gmail} is right"),
    ("EMAIL", "write to {jane dot doe at gmail dot com} thanks"),
    ("EMAIL", "{jane(at)example(dot)org}"),
    ("EMAIL", "{jane [at] example.com}"),
    ("EMAIL", "my email is {jane at example.com}"),
    ("EMAIL", "{jane @ gmail.com}"),
    ("EMAIL", "{jane&#64;example.com}"),
    ("EMAIL", "{ja\u200bne@exam\u00adple.com}"),
    ("EMAIL", "{ｊａｎｅ＠ｅｘａｍｐｌｅ．ｃｏｍ}"),
    ("EMAIL", "{müller@bücher.example}"),
    # phones
    ("PHONE", "call {(415) 555-2671} today"),
    ("PHONE", "{415-555-2671}"),
    ("PHONE", "{415.555.2671} or later"),
    ("PHONE", "ring {+1 415 555 2671} now"),
    ("PHONE", "{+44 20 7946 0958}"),
    ("PHONE", "{+4915112345678}"),
    ("PHONE", "{020 7946 0958}"),
    ("PHONE", "{01 84 17 61 18}"),
    ("PHONE", "{699 956 915} is mine"),
    ("PHONE", "my cell is {555-2671}"),
    ("PHONE", "text me: {4155552671}"),
    ("PHONE", "phone number {60-56-85-91}"),
    ("PHONE", "{415-555-2671 ext. 12}"),
    ("PHONE", "{４１５-５５５-２６７１}"),
    ("PHONE", "{41\u200b5 555\u20112671}"),
    ("PHONE", "I paid on 05/06/2024 {415-555-2671}"),
    ("PHONE", "phone:{4155552671}"),
    ("PHONE", "tel.{415-555-2671}"),
    ("PHONE", "{415-555-2671x12}"),
    # cards
    ("CARD", "card {4111 1111 1111 1111} declined"),
    ("CARD", "{4111111111111111}"),
    ("CARD", "visa {4111-1111-1111-1111}"),
    ("CARD", "amex {3782 822463 10005}"),
    ("CARD", "Visa{4111111111111111}"),
    ("CARD", "{4111 1111\n1111 1111}"),
    ("CARD", "{4 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1}"),
    ("CARD", "2 times {4111 1111 1111 1111} 09/27"),
    ("CARD", "my card number is {4111 1111 1111 1112}"),
    ("CARD", "card no is {7345}"),
    ("CARD", "the account number is {090782}, thanks"),
    ("CARD", "it shows {4.11111E+15} in my list"),
    ("ADDRESS", "{25 tagore street nethaji colony}"),
    ("ADDRESS", "address {elmwood gardens street}"),
    ("CARD", "{５５５５５５５５５５５５４４４４}"),
    ("CARD", "cvv: {123}"),
    ("CARD", "the security code is {1234}"),
    # bank accounts
    ("IBAN", "IBAN {GB82 WEST 1234 5698 7654 32} please"),
    ("IBAN", "{de89370400440532013000}"),
    ("IBAN", "{NL91-ABNA-0417-1643-00}"),
    ("IBAN", "my iban is {GB00WEST12345698765432}"),
    # national ids
    ("NATIONAL_ID", "{219-09-9999}"),
    ("NATIONAL_ID", "ssn {219099999}"),
    ("NATIONAL_ID", "last 4 of my social security number: {9999}"),
    ("NATIONAL_ID", "passport no. {X1234567}"),
    ("NATIONAL_ID", "my driver's license number is {D123-4567-8901}"),
    ("NATIONAL_ID", "DNI {12345678Z}"),
    # internet addresses
    ("IP", "from {192.168.10.20}."),
    ("IP", "at {2001:db8::ff00:42:8329} today"),
    ("URL", "see {https://shop.example/orders/123?email=a@b.com}."),
    ("URL", "({www.example.com/jane})"),
    ("URL", "on {instagram.com/jane.doe}"),
    # tracking
    ("TRACKING", "{1Z999AA10123456784} is stuck"),
    ("TRACKING", "{1z 999 AA1 01 2345 6784}"),
    ("TRACKING", "{9400 1000 0000 0000 0000 00}"),
    ("TRACKING", "{92612903029511573030094531}"),
    ("TRACKING", "{RB123456785GB}"),
    ("TRACKING", "{TBA502887274000} by Amazon"),
    ("TRACKING", "{JD0002254405060992}"),
    ("TRACKING", "tracking number: {ABCD12345678}"),
    ("TRACKING", "my tracking number is {1234 5678 9012}"),
    ("TRACKING", "DHL {3318810025}"),
    ("TRACKING", "it went with FedEx, number {986578788855}"),
    ("TRACKING", "Tracking #{61299998820821171811}"),
    ("TRACKING", "tracking code\n{AB1234567 89}"),
    # orders
    ("ORDER", "order {#1001} please"),
    ("ORDER", "order {12345}"),
    ("ORDER", "Order number: {ABC-12345}"),
    ("ORDER", "order no. {12345}"),
    ("ORDER", "my order number is {112-1234567-1234567}"),
    ("ORDER", "ORDER ID {SO12345}"),
    ("ORDER", "where is {#12345}?"),
    ("ORDER", "{12345} is my order number"),
    ("ORDER", "confirmation code {ff3sj27}"),
    ("ORDER", "invoice no {2024117}"),
    ("ORDER", "Bestellnummer {123456}"),
    ("ORDER", "Order number:\n{123456}"),
    ("ORDER", "{38291}"),
    ("ORDER", "order {#１２３４５}"),
    ("ORDER", "my order no {1234-5678}"),
    ("ORDER", "Bestellnummer {2024-99871}"),
    ("ORDER", "ordine numero {77120}"),
    ("ORDER", "invoice {INV-2024-0042}"),
    ("PASSWORD", "my login is jane99 and pass is {qwerty}"),
    ("ADDRESS", "{ul. Marszałkowska 10/12, 00-590 Warszawa}"),
    ("ADDRESS", "my postcode is {SW1A 1AA}"),
    ("ADDRESS", "postal code: {H3B 1A1} please"),
    ("ADDRESS", "my zip is {94107-1234}"),
    # names
    ("NAME", "the order is under {Mohammed Al-Fayed}"),
    ("NAME", "it was {Smith-Jones} who signed"),
    ("NAME", "Dear Ms. {van der Berg}, thanks"),
    ("NAME", "hey {laura}, any news?"),
    ("NAME", "hi {laura} i want to know where it is"),
    ("NAME", "the {Anna} who called me"),
    ("NAME", "my name is {jane doe} and I wait"),
    ("NAME", "My name is {Jane van der Berg}."),
    ("NAME", "Name: {José García}"),
    ("NAME", "Hello, this is {Jane Doe}, I ordered"),
    ("NAME", "ask Mrs. {Doe}"),
    ("NAME", "Dear {Anna},\nhello"),
    ("NAME", "Where is it?\n\nThanks,\n{Jane Doe}"),
    ("NAME", "Where is it?\nBest regards\n{jane}"),
    ("NAME", "Where is it? Thanks, {Jane}"),
    ("NAME", "Where is it?\n- {Jane}"),
    ("NAME", "I spoke to {Leif Hansen} on the phone"),
    ("NAME", "the parcel was taken by {Krisztián Nagy}."),
    ("NAME", "{Wojciech}, can you help?"),
    ("NAME", "we gave it to {Franciska}'s neighbour"),
    ("NAME", "please ask {Jorge Luis M. Ortega} again"),
    ("NAME", "it was {Zoe Young} who called"),
    ("NAME", "it was signed by {Oluwaseun}, not by me"),
    ("NAME", "i am waiting since monday, {jenny hansen} can tell you"),
    ("NAME", "{meenakshi}"),
    ("NAME", "{steve jobs}"),
    ("NAME", "i'm {roberto}'s daughter"),
    ("NAME", "{Järvilehto} has my parcel"),
    ("NAME", "please send it to {Szczepańska} instead"),
    ("NAME", "Where is it?\n{Maika van de Noort}\nsent by phone"),
    ("NAME", "Name: {Chise T. Horiguchi}"),
    ("NAME", "yes {ashok}"),
    ("NAME", "{JANE DOE}"),
    ("NAME", "The shirt is too small\n{Karin Beike}\nsent by phone"),
    ("NAME", "this is {Clara R. Dickson} and I wait"),
    ("NAME", "I'm {Hanne I. Kreutzmann}, where is it?"),
    ("NAME", "it's {Maika van de Noort} again"),
    ("NAME", "I ASKED {KRISZTIÁN NAGY} ABOUT IT"),
    ("NAME", "It is in {JANE DOE}'S name"),
    ("NAME", "Where is my order?\n{Wojciech}"),
    ("NAME", "Mein Name ist {Jürgen Weiß}"),
    ("NAME", "Me llamo {Lucía Romano}"),
    ("NAME", "Recipient: {Katarzyna}"),
    ("NAME", "{Harriet} never received it"),
    ("NAME", "we asked {Nandini Fairbanks} to sign"),
    ("NAME", "im {meenakshi}, i wait for my parcel"),
    # addresses
    ("ADDRESS", "ich wohne {Am Alten Markt 7b, 01067 Dresden}"),
    ("ADDRESS", "bitte an {Hauptstr. 15, 10827 Berlin}"),
    ("ADDRESS", "it went to {Flat 3, 18 Kingsmead Road, Bristol BS5 7QT}"),
    ("ADDRESS", "{no 8 nehru street chennai 600018}"),
    ("ADDRESS", "it went to {Wesselényi u. 94, 1076 Budapest}"),
    ("ADDRESS", "send it to {12 Oak Ridge Lane, Apt 4, Springfield, IL 62704}, thanks"),
    ("ADDRESS", "I live at {1428 elm street}"),
    ("ADDRESS", "it went to {221B Baker Street, London NW1 6XE}"),
    ("ADDRESS", "Bitte an {Hauptstraße 15, 10827 Berlin} schicken"),
    ("ADDRESS", "livrez au {12 bis rue de la Paix 75002 Paris}"),
    ("ADDRESS", "sono in {via Garibaldi 7, 20121 Milano}"),
    ("ADDRESS", "vivo en {Calle de Alcalá 45, 28014 Madrid}"),
    ("ADDRESS", "bezorg op {Keizersgracht 123, 1015 CJ Amsterdam}"),
    ("ADDRESS", "{PO Box 1234, Austin, TX 78701} is mine"),
    ("ADDRESS", "meet at {the corner of Fifth Avenue and Main Street}"),
    ("ADDRESS", "my new address is {77 fern hollow court dayton oh 45402}"),
    ("ADDRESS", "it is {84 Kesk 3, Suite 12, Tartu, Estonia}"),
    ("ADDRESS", "we moved to {Kenmoredale, Ohio 44123}"),
    ("ADDRESS", "my parents are in {west tarrowville north dakota 58102} now"),
    ("ADDRESS", "{new fernbury 10005 usa}"),
    # dates of birth and passwords
    ("DOB", "my date of birth is {24/06/1991}"),
    ("DOB", "I was born on {June 24, 1991}"),
    ("DOB", "DOB: {1991-06-24}"),
    ("PASSWORD", "my password is {hunter2!}"),
    ("PASSWORD", "pw: {Tulip!Garden77}"),
    ("NATIONAL_ID", "it is {AB 12 34 56 C} as your form asked"),
    ("NATIONAL_ID", "mi DNI es {12345678Z}"),
    ("ORDER", "gift for her, {#8841-G}"),
    ("PHONE", "call {0049 30 23125 207}"),
    ("TRACKING", "where is {986578788855} please"),
    ("TRACKING", "where is {5682 8361 0012 000} please"),
    ("TRACKING", "where is {K1506235620} please"),
    ("TRACKING", "where is {320595463938} please"),
    ("TRACKING", "where is {LX17635036} please"),
    ("PASSWORD", "password: {Tr0ub4dor}"),
    ("PASSWORD", "the pin code is {4711}"),
]


@pytest.mark.parametrize(("label", "marked"), REDACTED, ids=[f"{label}-{marked[:24]!r}" for label, marked in REDACTED])
def test_must_redact(label: str, marked: str) -> None:
    start, end = marked.index("{"), marked.rindex("}") - 1
    text = marked.replace("{", "").replace("}", "")
    redacted = redact(text, SETTINGS)
    assert [(r.label, text[r.start : r.end]) for r in redacted.redactions] == [(label, text[start:end])]
    assert redacted.text == f"{text[:start]}[{label}_1]{text[end:]}"


KEPT = [
    pytest.param("the card ending 4242 was charged", id="the last digits of a card"),
    pytest.param("visa ending in 4242, exp 09/27", id="the last digits and the expiry"),
    pytest.param("**** **** **** 4242", id="a masked card"),
    pytest.param("I paid $1,299.00 and 49,99 € and USD 1500", id="prices"),
    pytest.param("order $1234.50 total", id="a price behind the word order"),
    pytest.param("size 10 12 14 16 18 or 42 x 30 cm", id="sizes"),
    pytest.param("on 2024-05-01 at 12:30, 05/06/2024, 1.12.2024", id="dates and times"),
    pytest.param("order of 05/06/2024", id="a date behind the word order"),
    pytest.param("from 2019-2020, 1000-1500 grams", id="ranges"),
    pytest.param("SKU 123-456-7890 and sku: 1234567890", id="SKUs"),
    pytest.param("item number 4155552671, model 1234 567 890", id="item and model numbers"),
    pytest.param("UPC 036000291452, EAN: 4006381333931", id="bar codes"),
    pytest.param("ISBN 978-3-16-148410-0", id="a book"),
    pytest.param("error 80070005, error code 0x8007000E", id="error codes"),
    pytest.param("I want to order 2 shirts and order 1000 units", id="quantities"),
    pytest.param("order 3 days ago, my order is late", id="the word order alone"),
    pytest.param("promo code SAVE2024 and code 12345", id="promotion codes"),
    pytest.param("version 2.0.1.5 of the app", id="a version"),
    pytest.param("look at amazon.com, we met at shop.com", id="at is not always @"),
    pytest.param("I am at home. com on", id="at and a stop"),
    pytest.param("follow @jane on 3 channels", id="a handle"),
    pytest.param("tracking says 3 days, tracking since 2024-05-01", id="tracking without a number"),
    pytest.param("my name is wrong on the label", id="my name is, without a name"),
    pytest.param("My name appears incorrectly", id="my name, without a name"),
    pytest.param("the product name is Aurora, Brand name: Nordwind", id="names of things"),
    pytest.param("I'm Not Happy", id="I am, without a name"),
    pytest.param("Hi Team,\nhello", id="a greeting to nobody"),
    pytest.param("Dear Customer Service,", id="a greeting to the shop"),
    pytest.param("Where is it?\n\nThanks\nPlease answer", id="a line after thanks"),
    pytest.param("we are #1 and #10 in the list", id="ranks"),
    pytest.param("colour #123456, ticket #12345", id="numbers of other things"),
    pytest.param("2018", id="a year alone"),
    pytest.param("Recieved my Order yesterday, Package was open", id="capitals and typos"),
    pytest.param("Will it come in May? Hope so. Mark it as urgent", id="words that are names too"),
    pytest.param("I love my Nike shoes and the Dyson from Amazon", id="brands"),
    pytest.param("I moved from Austin to Paris in June", id="towns and months"),
    pytest.param("I want a Re-assessment, Ihave no Customisation", id="words that no dictionary has"),
    pytest.param("I bought the Vuorilox jacket, a Kelmora and my Zentrovo at Brixwell", id="unknown brands"),
    pytest.param("edit order", id="a word that is somebody's name"),
    pytest.param("Do you have the Air Max 90 in size 44?", id="a product called like a man"),
    pytest.param("The sofa in Forest Green or Amber, which is in stock?", id="a colour called like a woman"),
    pytest.param("where is 996578788855, where is K1506235622", id="check digits that are wrong"),
    pytest.param("Do you sell to Germany 10000 times a year?", id="a country and a number"),
    pytest.param("they come in 12345 colours, ship me 54321 of them", id="words that are states too"),
    pytest.param("by Monday, please", id="a day"),
    pytest.param("code BLACKFRIDAY24", id="a code is no name"),
    pytest.param("RTX 4090", id="a model alone"),
    pytest.param("DDR5-6000", id="a model with letters and digits"),
    pytest.param("SN: 123456789012 is broken", id="a serial number"),
    pytest.param("P/N 123-456-789", id="a part number"),
    pytest.param("I love the Olivia sweater in size S", id="a thing with a given name"),
    pytest.param("The Stanley cup arrived broken", id="a brand that is a name"),
    pytest.param("I bought a Calvin Klein shirt", id="a brand that is a whole name"),
    pytest.param("the Harry Potter mug is broken", id="an invention"),
    pytest.param("the T-Shirt and the Pre-Order via Wi-Fi", id="words with a hyphen and two capitals"),
    pytest.param("my season pass is expired", id="a pass that is no password"),
    pytest.param("payment EUR-1500 failed", id="an amount"),
    pytest.param("invoice from 2024-05-06", id="an invoice's date"),
    pytest.param("hi mark it as done, hey will it come", id="a greeting before a word"),
    pytest.param("helo", id="a greeting mistyped"),
    pytest.param("thankyou so much", id="words run together"),
    pytest.param("refudn plz", id="a request mistyped"),
    pytest.param("ok thx", id="chat"),
    pytest.param("12 place settings and 3 court shoes", id="quantities of things that are streets too"),
    pytest.param("a discount for ordering 100 units, during 2024, spring 2025", id="words that end like streets"),
    pytest.param("is my pincode serviceable? my pincode is serviceable", id="a pin code without one"),
    pytest.param("2 large pizzas", id="an order in words"),
    pytest.param("I have 2 dogs and live in a flat", id="a flat without a number"),
    pytest.param("my address is wrong on the label", id="address without one"),
    pytest.param("my password is wrong and I cannot reset it", id="password without one"),
    pytest.param("I forgot my password, the link does not work", id="password is the topic"),
    pytest.param("her birthday is next week, it is a gift", id="a birthday without a date"),
    pytest.param("The Model 5 Large is out of stock", id="a model"),
    pytest.param("Where is my refund?\nPlease Answer Soon", id="a line in capitals"),
    pytest.param("Wo ist meine Bestellung? Das Paket war Montag in Leipzig", id="nouns of another language"),
    pytest.param("3.5 stars, 100 %, 12345.67", id="decimals"),
    pytest.param("std::vector and 12:30:45", id="colons"),
    pytest.param("I waited 10 000 000 seconds", id="a large number"),
    pytest.param("Voilà — “naïve” café №5 １２", id="text in other scripts"),
]


@pytest.mark.parametrize("text", KEPT)
def test_must_keep(text: str) -> None:
    assert redact(text, SETTINGS).text == text


SEVERAL = [
    pytest.param("orders 1001, 1002 and 1003", "orders [ORDER_1], [ORDER_2] and [ORDER_3]", id="a list"),
    pytest.param("order 1001 and again order #1001", "order [ORDER_1] and again order [ORDER_1]", id="the same order"),
    pytest.param("A@b.com, a@B.com, c@d.com", "[EMAIL_1], [EMAIL_1], [EMAIL_2]", id="the same address in capitals"),
    pytest.param(
        "call +1 415 555 2671 or (415) 555-2671", "call [PHONE_1] or [PHONE_1]", id="the same phone written differently"
    ),
    pytest.param("4111 1111 1111 1111 / 4111111111111111", "[CARD_1] / [CARD_1]", id="the same card"),
    pytest.param("415-555-2671 94107", "[PHONE_1] [ORDER_1]", id="a phone and what follows"),
    pytest.param("[EMAIL_1] and a@b.com", "[EMAIL_1] and [EMAIL_2]", id="a number that is taken is not given again"),
    pytest.param(
        "[EMAIL_2] a@b.com c@d.com e@f.com", "[EMAIL_2] [EMAIL_1] [EMAIL_3] [EMAIL_4]", id="numbers in between"
    ),
    pytest.param("[PHONE_x] order [ORDER_1]", "[PHONE_x] order [ORDER_1]", id="placeholders are never touched"),
    pytest.param("https://x.example/a@b.com/4111111111111111", "[URL_1]", id="an address holds other values"),
    pytest.param("tracking 1Z999AA10123456784 order 12345", "tracking [TRACKING_1] order [ORDER_1]", id="neighbours"),
    pytest.param("ssn 219-09-9999 call 415-555-2671", "ssn [NATIONAL_ID_1] call [PHONE_1]", id="ssn is no phone"),
]


@pytest.mark.parametrize(("text", "expected"), SEVERAL)
def test_several_values(text: str, expected: str) -> None:
    assert redact(text, SETTINGS).text == expected


def test_the_shops_own_order_numbers_are_known_next_to_the_word_order() -> None:
    settings = RedactionSettings(order_number_pattern=r"[A-Z]{3}~\d{2}")
    assert redact("my order ABC~12 is late", settings).text == "my order [ORDER_1] is late"
    assert redact("the ABC~12 is late", settings).text == "the ABC~12 is late"


def test_a_wrong_order_pattern_is_a_configuration_error() -> None:
    with pytest.raises(ConfigurationError, match="MW_ORDER_NUMBER_PATTERN"):
        RedactionSettings(order_number_pattern="(")
