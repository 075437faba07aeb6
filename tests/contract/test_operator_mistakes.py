"""Mistakes and an absent broker: one line, the right exit code, soon. No broker is needed for these."""

from __future__ import annotations

import re
import socket
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from streams.clock import SYSTEM_CLOCK
from tests.support.mw import Answer, Mw

NEEDS_A_BROKER = (
    "topics",
    "topics --apply",
    "control get",
    "control set safe_mode=true --reason r",
    "control history",
    "control status",
    "emergency 1 --reason r",
    "lag",
    "dead list",
    "dead show 1f0c5a9e",
    "explain 48213",
)


@pytest.fixture(scope="module")
def dead_port() -> Iterator[str]:
    """An address that nobody listens on, kept from others."""
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        yield f"127.0.0.1:{held.getsockname()[1]}"


@pytest.fixture(scope="module")
def without_broker(dead_port: str, tmp_path_factory: pytest.TempPathFactory) -> dict[str, tuple[Answer, float]]:
    """What each command answered without a broker, after how many seconds; asked together, since each waits."""
    mw = Mw(tmp_path_factory.mktemp("home"), dead_port)

    def ask(words: str) -> tuple[Answer, float]:
        begun = SYSTEM_CLOCK.monotonic()
        return mw(*words.split()), SYSTEM_CLOCK.monotonic() - begun

    with ThreadPoolExecutor(len(NEEDS_A_BROKER)) as pool:
        return dict(zip(NEEDS_A_BROKER, pool.map(ask, NEEDS_A_BROKER), strict=True))


@pytest.mark.parametrize("words", NEEDS_A_BROKER)
def test_an_unreachable_broker_is_one_line_and_exit_code_3(
    words: str, dead_port: str, without_broker: dict[str, tuple[Answer, float]]
) -> None:
    answer, seconds = without_broker[words]
    assert answer.err == (
        f"mw: no Kafka at {dead_port} within 4 s; start one with `mw kafka start` or set MW_KAFKA_BOOTSTRAP_SERVERS\n"
    )
    assert (answer.code, answer.out) == (3, "")
    assert seconds < 25  # eleven at once on a small machine; alone it takes 5


def test_no_broker_is_configured_and_none_runs_here(tmp_path: Path) -> None:
    answer = Mw(tmp_path)("lag")
    assert (answer.code, answer.out) == (3, "")
    assert answer.err.startswith("mw: no Kafka runs on this machine; start one with `mw kafka start` or set MW_KAFKA_")


@pytest.mark.parametrize(
    ("words", "line"),
    [
        (["control", "set", "safe_mod=true", "--reason", "r"], "unknown flag 'safe_mod'; the flags are: "),
        (["control", "set", "safe_mode=1", "--reason", "r"], "flag safe_mode takes true or false, not 1"),
        (["control", "set", "safe_mode", "--reason", "r"], "'safe_mode' is no KEY=VALUE"),
        (["control", "set", "safe_mode=true"], "a reason is needed"),
        (["control", "set", "safe_mode=true", "--reason", " "], "a reason is needed"),
        (["control", "set", "safe_mode=true", "--reason", "r", "--ttl", "soon"], "'soon' is no length of time"),
        (["control", "get", "nothing"], "unknown flag 'nothing'"),
        (["control", "history", "nothing"], "unknown flag 'nothing'"),
        (["emergency", "2"], "a reason is needed"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else None,
)
def test_a_mistake_is_one_line_and_exit_code_2(words: list[str], line: str, dead_port: str, tmp_path: Path) -> None:
    answer = Mw(tmp_path, dead_port)(*words)
    assert (answer.code, answer.out) == (2, "")
    assert re.fullmatch(r"mw: [^\n]+\n", answer.err)
    assert answer.err.startswith(f"mw: {line}")


@pytest.mark.parametrize(
    ("words", "line"),
    [
        ("bogus", "No such command 'bogus'; see `mw --help`"),
        ("emergency", "Missing argument 'level'; see `mw emergency --help`"),
        (
            "emergency 4 --reason r",
            "Invalid value for 'level': Input should be less than or equal to 3; see `mw emergency --help`",
        ),
        ("lag --nope", "No such option: --nope; see `mw lag --help`"),
        ("worker", "Missing argument 'stage'. Choose from: sanitize, classify, policy, act; see `mw worker --help`"),
        (
            "dead list --stage x",
            "Invalid value for '--stage': 'x' is not one of 'sanitize', 'classify', 'policy', 'act';"
            " see `mw dead list --help`",
        ),
    ],
)
def test_what_the_command_line_itself_refuses_is_one_line_too(words: str, line: str, tmp_path: Path) -> None:
    answer = Mw(tmp_path)(*words.split())
    assert (answer.code, answer.out, answer.err) == (2, "", f"mw: {line}\n")


@pytest.mark.parametrize(
    "words",
    [
        ["topics"],
        ["control", "get"],
        ["control", "set"],
        ["control", "history"],
        ["control", "status"],
        ["emergency"],
        ["lag"],
        ["dead", "list"],
        ["dead", "show"],
        ["explain"],
    ],
    ids=" ".join,
)
def test_each_command_s_help_has_an_example(words: list[str], tmp_path: Path) -> None:
    answer = Mw(tmp_path)(*words, "--help")
    assert answer.code == 0
    assert f"Example: mw {' '.join(words)}" in answer.out
