"""What reaches a log: our own lines as they are, and no value of a customer, whichever way it takes."""

from __future__ import annotations

import io
import logging
import subprocess
import sys
import uuid

import pytest
from hypothesis import given
from hypothesis import strategies as st

from control import logs
from control.logs import OneLine, RateLimit
from control.second_net import LINE_LIMIT, cleaned
from control.settings import process_environment
from streams.clock import SYSTEM_CLOCK, ManualClock
from streams.errors import DependencyError
from tests.support.log_canaries import FORMATTED, UNFORMATTED


def written(message, *args, name="streams.stage", exc_info=None):
    """The line as it is written, without its time."""
    record = logging.LogRecord(name, logging.WARNING, "file.py", 1, message, args, exc_info)
    return OneLine().format(record).split(" ", 2)[2]


@pytest.mark.parametrize("kind", FORMATTED)
def test_a_value_that_its_form_gives_away_is_replaced_and_the_rest_of_the_line_stays(kind):
    line = written("could not handle %s of event %s, attempt %d", FORMATTED[kind], uuid.UUID(int=5), 3)
    assert FORMATTED[kind] not in line
    assert line.startswith("WARNING streams.stage: could not handle [")
    assert line.endswith(f"] of event {uuid.UUID(int=5)}, attempt 3")


OURS = [  # § stands for a whole number, $ for seconds, & for a port, ^ for seconds since 1970, * and ~ for ids
    "act gave up on t-3fa2.tickets.decided/§@§ after § attempts: VendorFault",
    "sanitize gives back what did not finish within $ s",
    "unexpected in policy: ValueError at policy.py:§ < stage.py:§ < patience.py:§",
    "§ records were not confirmed within $ s and are given up (and § more like it)",
    "FAIL [ingress#producer-§] [thrd:127.0.0.1:&/bootstrap]: 127.0.0.1:&/§: Connect to ipv4#127.0.0.1:& failed:"
    " Connection refused (after §ms in state CONNECT, § identical error(s) suppressed)",
    "%§|^|FAIL|rdkafka#producer-§| [thrd:10.112.3.44:&/§]: timed out after § ms",
    "Unable connect to node with id §: [Errno §] Connect call failed ('192.168.100.25', &)",
    "Request failed: NodeNotReadyError: Attempt to send a request to node which is not ready (node id §).",
    "Successfully joined group mw-act with generation § at offset § of TopicPartition(topic='tickets.decided', "
    "partition=§): {§, §, §}",
    "Heartbeat failed for group mw-act: coordinator (node §) is either not started or not valid",
    "event * of trace ~ took $ s, flags at epoch §",
    "act:shop-worker-§ listens on http://127.0.0.1:&/metrics, pid §",
    "a request was answered 400 unknown_shape: ticket_id: string_too_long",
    "Timer commit is overlapping (interval=0.5 runtime=$)",
    "2026-01-05 12:00:07,123: the clock moved by $ s at ^",
]
NUMBERS = st.one_of(st.integers(0, 99), st.integers(0, 10**6), st.integers(0, 10**11))


@given(st.sampled_from(OURS), st.data())
def test_lines_of_ours_stay_as_they_are(template, data):
    moments = st.integers(10**12, 4 * 10**12).map(lambda ms: f"{ms // 1000}.{ms % 1000:03}")
    drawn = {
        "^": moments,
        "§": NUMBERS,
        "$": st.floats(1e-7, 1e6),
        "&": st.integers(1024, 65535),
        "*": st.uuids(),
        "~": st.uuids().map(lambda u: u.hex),
    }
    line = "".join(str(data.draw(drawn[c])) if c in drawn else c for c in template)
    assert written("%s", line) == f"WARNING streams.stage: {line}"


@given(st.text(max_size=400), st.lists(st.text(max_size=200) | st.integers() | st.binary(max_size=20), max_size=3))
def test_whatever_is_logged_is_one_line_and_nothing_raises(message, args):
    line = OneLine().format(logging.LogRecord("x", logging.INFO, "file.py", 1, message, tuple(args), None))
    assert len(line.splitlines()) == 1


def test_a_long_line_is_cut_and_no_half_of_a_value_is_left():
    for shift in range(40):
        line = cleaned("x" * (LINE_LIMIT - shift) + " 4111 1111 1111 1111" * 50)
        assert len(line) < LINE_LIMIT + 20
        assert "4111" not in line


def test_a_line_is_looked_at_in_time():
    usual = "act gave up on tickets.decided/3@1234 after 5 attempts: VendorFault"
    hostile = ("a@" * 3000, "4 " * 3000, "1" * 6000, "+1 " * 2000, "http://a?" * 700, " at a dot" * 700, "DE12 " * 1200)
    cleaned(usual)
    began = SYSTEM_CLOCK.monotonic()
    for _ in range(100):
        cleaned(usual)
    assert (SYSTEM_CLOCK.monotonic() - began) / 100 < 0.001  # 50 us on an idle core
    for line in hostile:
        began = SYSTEM_CLOCK.monotonic()
        OneLine().format(logging.LogRecord("x", logging.INFO, "file.py", 1, line, (), None))
        assert SYSTEM_CLOCK.monotonic() - began < 0.2, line[:20]


# -- what exceptions say


def raised(exc):
    try:
        raise exc
    except type(exc):
        return sys.exc_info()


def test_an_exception_is_told_by_class_and_place():
    line = written("failed", exc_info=raised(ValueError(UNFORMATTED)))
    assert line == f"WARNING streams.stage: failed [ValueError at test_logs.py:{raised.__code__.co_firstlineno + 2}]"


@pytest.mark.parametrize(
    ("message", "args"),
    [
        pytest.param("failed: %s", (ValueError(UNFORMATTED),), id="as an argument"),
        pytest.param("failed: %r", (KeyError(UNFORMATTED),), id="its repr"),
        pytest.param("failed: %(why)s", ({"why": ValueError(UNFORMATTED)},), id="a named argument"),
        pytest.param(ValueError(UNFORMATTED), (), id="as the message"),
        pytest.param(f"Traceback (most recent call last):\nValueError: {UNFORMATTED}", (), id="a traceback's text"),
        pytest.param("failed: %s", (FileNotFoundError(2, "No such file", UNFORMATTED),), id="a file's name"),
    ],
)
def test_what_an_exception_says_is_not_written(message, args):
    line = written(message, *args)
    assert "Canarybird" not in line
    assert line.startswith("WARNING streams.stage: ")


def test_our_own_errors_and_those_of_connections_say_what_is_wrong():
    assert written("%s", DependencyError("no broker at 127.0.0.1:9092")).endswith("no broker at 127.0.0.1:9092")
    assert written("%s", ConnectionRefusedError(111, "Connection refused")).endswith("[Errno 111] Connection refused")


ASYNCIO = [
    (f"Task exception was never retrieved\nfuture: <Task '{UNFORMATTED}'>", "Task exception was never retrieved"),
    (f"Exception in callback work('{UNFORMATTED}')\nhandle: <Handle>", "Exception in callback work"),
    (f"<{UNFORMATTED}>", ""),
]  # fmt: skip


@pytest.mark.parametrize(("message", "kept"), ASYNCIO)
def test_of_what_asyncio_says_the_words_before_any_value_are_kept(message, kept):
    assert written(message, name="asyncio") == f"WARNING asyncio: {kept}"


@pytest.mark.parametrize(
    ("message", "args"), [("%d", (UNFORMATTED,)), ("%s", (UNFORMATTED, UNFORMATTED)), ("%(a)s", ({"b": UNFORMATTED},))]
)
def test_a_line_that_cannot_be_formatted_says_so(message, args):
    assert written(message, *args) == "WARNING streams.stage: a line that could not be redacted"


def test_a_line_that_the_net_fails_on_is_not_written(monkeypatch):
    def broken(line):
        raise RuntimeError(line)

    monkeypatch.setattr(logs, "cleaned", broken)
    assert written("%s", UNFORMATTED) == "WARNING streams.stage: a line that could not be redacted"


# -- floods, and a process as a whole


def test_lines_that_were_held_back_are_counted():
    out, clock = io.StringIO(), ManualClock()
    handler = logging.StreamHandler(out)
    handler.setFormatter(OneLine())
    handler.addFilter(RateLimit(clock))
    logger = logging.Logger("flood")
    logger.addHandler(handler)
    for second in (0, 0.1, 0.1, 1.0):
        clock.advance(second)
        logger.warning("%d records are late", 7)
    assert [line.split(" ", 2)[2] for line in out.getvalue().splitlines()] == [
        "WARNING flood: 7 records are late",
        "WARNING flood: 7 records are late (and 2 more like it)",
    ]


def test_a_process_that_leaks_in_every_known_way_shows_no_value():
    argv = [sys.executable, "-m", "tests.support.leaky_process", "worker", "act"]
    env = process_environment(MW_KAFKA_BOOTSTRAP_SERVERS="127.0.0.1:1")
    done = subprocess.run(argv, env=env, capture_output=True, text=True, timeout=60, check=False)
    for canary in (*FORMATTED.values(), *UNFORMATTED.split(" of ")[0].split(), "Windmill"):
        assert canary not in done.stderr
    assert done.returncode == 1
    assert done.stdout.split() == []  # no logger goes round the handler
    for said in (
        "WARNING leak: could not handle [EMAIL]; [EMAIL]; [PHONE]; ",
        "UserWarning: odd: [EMAIL]; [EMAIL]; [PHONE]; ",
        "ERROR some.library: failed [ValueError at leaky_process.py:",
        "ERROR some.library: failed: 'ValueError at leaky_process.py:",
        "ERROR some.library: a line that could not be redacted",
        "ERROR asyncio: Exception in callback [ValueError at ",
        "ERROR asyncio: Task exception was never retrieved [ValueError at ",
        "ERROR control.logs: thread leaking ended by an error that nobody handled [ValueError at ",
        "ERROR control.logs: an error nobody could be told of [ValueError at ",
        "CRITICAL control.logs: ended by an error that nobody handled [ValueError at ",
    ):
        assert said in done.stderr
    assert "Traceback" not in done.stderr
