"""What our packages must not use of Faust: each of these loses, doubles or stalls events on a real Kafka.

* ``take`` acknowledges a whole batch when its body raises, and goes on acknowledging what nobody sees.
* ``concurrency`` commits past an event in flight; ``isolated_partitions`` left a partition standing after a rebalance.
* ``stream_ack_*`` are read nowhere; ``exactly_once`` swallows the errors of its transactions.
* Tables write their changelog unconfirmed, and bring another assignor with them.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PACKAGES = ("streams", "agents", "connectors", "control")

CALLS = {"take", "noack_take", "Table", "GlobalTable", "SetTable", "SetGlobalTable"}
"""What is called, in a module that imports Faust: elsewhere the names mean other things."""

KEYWORDS = {"concurrency", "isolated_partitions", "processing_guarantee", "stream_publish_on_commit", "Table"}
"""Names of arguments, anywhere."""


def imports_faust(node: ast.AST) -> bool:
    """Whether ``node`` imports Faust or a part of it."""
    match node:
        case ast.Import(names=names):
            return any(name.name.partition(".")[0] == "faust" for name in names)
        case ast.ImportFrom(module=str(module)):
            return module.partition(".")[0] == "faust"
    return False


def forbidden(source: str) -> Iterator[str]:
    """What ``source`` uses and must not, by name."""
    nodes = list(ast.walk(ast.parse(source)))
    calls = CALLS if any(imports_faust(node) for node in nodes) else set()
    for node in nodes:
        match node:
            case ast.Call(func=ast.Attribute(attr=name) | ast.Name(id=name)) if name in calls:
                yield name
            case ast.keyword(arg=str(name)) if name in KEYWORDS or name.startswith("stream_ack_"):
                yield name
            case ast.Attribute(attr=name) if name.startswith("stream_ack_"):
                yield name
            case ast.Constant(value="exactly_once"):
                yield "exactly_once"


@pytest.mark.parametrize("package", PACKAGES)
def test_our_packages_use_nothing_of_faust_that_loses(package: str) -> None:
    files = sorted((ROOT / package).rglob("*.py"))
    assert files
    found = {
        (file.relative_to(ROOT).as_posix(), name)
        for file in files
        for name in forbidden(file.read_text(encoding="utf-8"))
    }
    assert found == set()


@pytest.mark.parametrize(
    ("line", "names"),
    [
        ("async def f():\n    async for batch in stream.take(100, within=1): pass", ["take"]),
        ("stream.noack_take(10, 1)", ["noack_take"]),
        ("@app.agent(topic, concurrency=4)\nasync def work(stream): ...", ["concurrency"]),
        ("app.agent(topic, isolated_partitions=True)", ["isolated_partitions"]),
        ("app.Table('seen')", ["Table"]),
        ("faust.App('a', stream_ack_exceptions=False)", ["stream_ack_exceptions"]),
        ("app.conf.stream_ack_cancelled_tasks = True", ["stream_ack_cancelled_tasks"]),
        ("faust.App('a', processing_guarantee='exactly_once')", ["processing_guarantee", "exactly_once"]),
        ("taken = itertools.takewhile(bool, [])", []),
    ],
)
def test_the_search_finds_what_it_is_for(line: str, names: list[str]) -> None:
    assert list(forbidden(f"import faust\n{line}")) == names


def test_the_same_words_mean_other_things_without_faust() -> None:
    assert list(forbidden("rich.table.Table('tickets')\nself._order.take(0, 1)")) == []
