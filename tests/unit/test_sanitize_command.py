"""``mw sanitize`` over JSON lines."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import orjson
from typer.testing import CliRunner, Result

from control.cli.main import app
from streams.errors import ConfigurationError
from streams.events import Features


def run(*lines: bytes) -> tuple[int, list[dict[str, object]], list[str]]:
    """Exit code, answers and lines on stderr for these lines on stdin."""
    result = CliRunner().invoke(app, ["sanitize"], input=b"\n".join(lines) + b"\n")
    return result.exit_code, [orjson.loads(line) for line in result.stdout.splitlines()], result.stderr.splitlines()


def test_a_line_in_a_line_out_with_offsets_into_the_input() -> None:
    text = "<p>mail jane@example.com</p>"
    code, answers, errors = run(orjson.dumps({"id": "a", "text": text, "channel": "email"}))
    assert (code, errors) == (0, [])
    [answer] = answers
    assert answer["id"] == "a"
    assert answer["text"] == "mail [EMAIL_1]"
    assert answer["redactions"] == [
        {
            "label": "EMAIL",
            "start": text.index("jane"),
            "end": text.index("</p>"),
            "detector": "email",
            "confidence": 0.98,
        }
    ]
    assert Features(**answer["features"]) == Features(word_count=2, language="en", has_email=True)


def test_what_the_line_says_of_the_customer_is_known() -> None:
    line = {"id": 1, "text": "ask quorvex", "customer": {"name": "Q. Quorvex", "email": 5}}
    assert run(orjson.dumps(line))[1][0]["text"] == "ask [NAME_1]"


def test_malformed_lines_are_named_without_their_content_and_the_rest_is_done() -> None:
    code, answers, errors = run(
        b'{"id":"a","text":"hello"}',
        b'{"id":"b","text":"jane@exa',
        b"",
        b'["jane@example.com"]',
        b'{"id":"c"}',
        b'{"text":"x"}',
        b'{"id":"d","text":5}',
        b'{"id":"e","text":"bye"}',
    )
    assert code == 1
    assert [answer["id"] for answer in answers] == ["a", "e"]
    assert errors == [
        "line 2: is no JSON",
        "line 4: is no JSON object",
        'line 5: "text" is missing or is not a string',
        'line 6: not an object with an "id"',
        'line 7: "text" is missing or is not a string',
    ]


LABELLED = [
    {"id": "1", "text": "mail jane@example.com", "spans": [{"label": "EMAIL", "start": 5, "end": 21}]},
    {"id": "2", "text": "a mug for 20 €", "spans": [], "keep": [{"start": 10, "end": 14}]},
    {"id": "3", "text": "in Ulm", "spans": [{"label": "GPE", "start": 3, "end": 6}]},
]


def evaluate(tmp_path: Path, *options: str, lines: Sequence[object] = LABELLED) -> Result:
    """``mw sanitize --evaluate`` over ``lines``."""
    file = tmp_path / "labelled.jsonl"
    file.write_bytes(b"\n".join(map(orjson.dumps, lines)))
    return CliRunner().invoke(app, [*options, "sanitize", "--evaluate", str(file)])


def test_evaluate_as_a_document(tmp_path: Path) -> None:
    result = evaluate(tmp_path, "--json")
    assert (result.exit_code, result.stderr) == (0, "")
    document = orjson.loads(result.stdout)
    assert (document["file"], document["messages"], document["with_values"]) == ("labelled.jsonl", 3, 1)
    assert document["labels"]["EMAIL"]["support"] == document["total"]["support"] == 1
    assert document["labels"]["EMAIL"]["recall"]["value"] == 1
    assert document["leaks"]["value"] == document["keep"]["value"] == 0
    assert document["left_out"] == {"GPE": 1}


def test_evaluate_as_a_table_shows_no_value(tmp_path: Path) -> None:
    result = evaluate(tmp_path)
    assert result.exit_code == 0
    [row] = [line for line in result.stdout.splitlines() if "EMAIL" in line]
    assert "1.000 (0.207-1.000)" in row
    assert "labels not measured: GPE (1)" in result.stdout
    assert "jane" not in result.stdout
    assert "Ulm" not in result.stdout


def test_evaluate_refuses_a_file_that_is_none(tmp_path: Path) -> None:
    result = evaluate(tmp_path, lines=[{"text": "jane@example.com"}])
    assert isinstance(result.exception, ConfigurationError)
    assert "line 1" in str(result.exception)
    assert "jane" not in str(result.exception)
