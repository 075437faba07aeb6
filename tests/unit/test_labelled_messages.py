"""Reading labelled messages: the forms that are accepted, and one clear line for what is not."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import orjson
import pytest

from agents.redaction import Label
from control.labelled_messages import LabelledFile, Part, Value, read_labelled
from control.labelled_names import our_label
from streams.errors import ConfigurationError

TEXT = "I am Jo, mail jo@example.com"
NAME, EMAIL = Value(Label.NAME, 5, 7), Value(Label.EMAIL, 14, 28)


def read(folder: Path, *lines: Any, **options: Any) -> LabelledFile:
    """What is read from a file with these objects, or raw bytes, as its lines."""
    path = folder / "messages.jsonl"
    path.write_bytes(b"\n".join(line if isinstance(line, bytes) else orjson.dumps(line) for line in lines))
    return read_labelled(path, **options)


def test_our_own_form(tmp_path: Path) -> None:
    spans = [{"label": "NAME", "start": 5, "end": 7}, {"label": "EMAIL", "start": 14, "end": 28}]
    line = {"id": 7, "text": TEXT, "spans": spans, "keep": [{"start": 0, "end": 1}], "customer": {"name": "Jo"}}
    [message] = read(tmp_path, line, b"").messages
    assert (message.id, message.text, message.values, message.keep) == ("7", TEXT, (NAME, EMAIL), (Part(0, 1),))
    assert message.customer.name == "Jo"


def test_the_form_of_presidio_research_as_a_list_and_as_lines(tmp_path: Path) -> None:
    spans = [
        {"entity_type": "EMAIL_ADDRESS", "entity_value": TEXT[14:], "start_position": 14, "end_position": 28},
        {"entity_type": "PERSON", "entity_value": "Jo", "start_position": 5, "end_position": 7},
        {"entity_type": "TITLE", "entity_value": "I", "start_position": 0, "end_position": 1},
    ]
    item = {"full_text": TEXT, "masked": "", "spans": spans, "template_id": 0, "metadata": None}
    for file in (read(tmp_path, [item]), read(tmp_path, item)):
        [message] = file.messages
        assert (message.values, message.left_out, message.template) == ((EMAIL, NAME), (Part(0, 1),), "0")
        assert file.left_out == {"TITLE": 1}


def test_spans_that_repeat_their_value_under_text(tmp_path: Path) -> None:
    span = {"start": 5, "end": 7, "label": "PERSON", "text": "Jo"}
    [message] = read(tmp_path, {"id": "a:0", "domain": "shop", "text": TEXT, "spans": [span], "intent": "x"}).messages
    assert message.values == (NAME,)


def test_labels_are_left_out_on_request_by_our_name_and_by_theirs(tmp_path: Path) -> None:
    spans = [{"label": "PERSON", "start": 5, "end": 7}, {"label": "EMAIL_ADDRESS", "start": 14, "end": 28}]
    for ignored in ("email", "EMAIL_ADDRESS"):
        file = read(tmp_path, {"text": TEXT, "spans": spans}, leave_out=[ignored])
        assert file.messages[0].values == (NAME,)
        assert file.left_out == {"EMAIL_ADDRESS": 1}


@pytest.mark.parametrize(
    ("theirs", "ours"),
    [
        ("PERSON", Label.NAME),
        ("street address", Label.ADDRESS),
        ("CREDIT_CARD", Label.CARD),
        ("Email-Address", Label.EMAIL),
        ("PHONE_NUMBER", Label.PHONE),
        ("IBAN_CODE", Label.IBAN),
        ("US_SSN", Label.NATIONAL_ID),
        ("US_DRIVER_LICENSE", Label.NATIONAL_ID),
        ("DOMAIN_NAME", Label.URL),
        ("IP_ADDRESS", Label.IP),
        ("ORDER_ID", Label.ORDER),
        *((label.value, label) for label in Label),
        *((name, None) for name in ("GPE", "NRP", "ORGANIZATION", "AGE", "TITLE", "ZIP_CODE", "DATE_TIME", "")),
    ],
)
def test_what_others_call_our_labels(theirs: str, ours: Label | None) -> None:
    assert our_label(theirs) is ours


@pytest.mark.parametrize(
    ("line", "complaint"),
    [
        (b'{"text": "jo@exa', "line 2: is no JSON"),
        (b'"jo@example.com"', "line 2: is no JSON object"),
        ({"spans": []}, 'line 2: "text" is missing or is not a string'),
        ({"text": TEXT}, 'line 2: "spans" is missing or is not a list; it is empty where there is nothing to find'),
        ({"text": TEXT, "spans": ["x"]}, 'line 2: span 1 has no "label"'),
        ({"text": TEXT, "spans": [{"start": 0, "end": 1}]}, 'line 2: span 1 has no "label"'),
        (
            {"text": TEXT, "spans": [{"label": "NAME", "start": "5", "end": 7}]},
            'line 2: span 1 has no whole numbers "start" and "end"',
        ),
        (
            {"text": TEXT, "spans": [{"label": "NAME", "start": 5, "end": 29}]},
            "line 2: span 1 goes from 5 to 29, the text has 28 characters",
        ),
        (
            {"text": TEXT, "spans": [{"label": "NAME", "start": 7, "end": 7}]},
            "line 2: span 1 goes from 7 to 7, the text has 28 characters",
        ),
        (
            {"text": TEXT, "spans": [{"label": "NAME", "start": 4, "end": 6, "text": "Jo"}]},
            "line 2: span 1 is not where the value stands that is given with it; offsets count code points",
        ),
        ({"text": TEXT, "spans": [], "keep": {}}, 'line 2: "keep" is not a list of spans'),
        ({"text": TEXT, "spans": [], "keep": [5]}, 'line 2: keep 1 has no whole numbers "start" and "end"'),
    ],
)
def test_what_is_wrong_is_one_line_that_shows_nothing_of_the_text(tmp_path: Path, line: Any, complaint: str) -> None:
    with pytest.raises(ConfigurationError) as raised:
        read(tmp_path, {"text": TEXT, "spans": []}, line)
    assert str(raised.value) == f"{tmp_path / 'messages.jsonl'}, {complaint}"


def test_a_list_names_the_message_and_a_broken_one_the_line(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match=r", message 2: is no JSON object$"):
        read(tmp_path, [{"text": TEXT, "spans": []}, 5])
    with pytest.raises(ConfigurationError, match=r", line 3: is no JSON list, nor JSON lines$"):
        read(tmp_path, b"[", b"5,", b"jo]")


def test_a_file_that_holds_nothing_or_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="holds no message; a line looks like"):
        read(tmp_path, b"", b"  ")
    with pytest.raises(ConfigurationError, match=r"absent.jsonl cannot be read: No such file or directory$"):
        read_labelled(tmp_path / "absent.jsonl")
