"""``mw up`` as a newcomer meets it: the demo's outcomes, the commands it names, Ctrl-C, and nothing left behind."""

import os
import re
import signal
import subprocess
import sys

import pytest

from control.settings import load, process_environment
from streams.clock import SYSTEM_CLOCK
from tests.support.waiting import until

pytestmark = pytest.mark.broker


class Terminal:
    """``mw`` in a folder of its own, as a person would start it; its output goes to a file."""

    def __init__(self, home):
        clean = {k: v for k, v in process_environment().items() if not k.startswith("MW_")}
        self.env = {**clean, "MW_HOME": str(home), "MW_CACHE": str(load().cache), "MW_HTTP_PORT": "0"}
        self.output = home / "terminal.txt"
        home.mkdir(exist_ok=True)

    def start(self, *argv):
        with self.output.open("wb") as out:
            return subprocess.Popen(
                [sys.executable, "-m", "control", *argv], env=self.env, stdout=out, stderr=out, stdin=subprocess.DEVNULL
            )

    def run(self, *argv, within_s=30):
        return subprocess.run(
            [sys.executable, "-m", "control", *argv],
            env=self.env,
            capture_output=True,
            text=True,
            timeout=within_s,
            check=False,
        )

    @property
    def text(self):
        return self.output.read_text()


def descendants(pid):
    """Pids of every living process below ``pid``."""
    listing = subprocess.run(["ps", "-eo", "pid=,ppid="], capture_output=True, text=True, check=True).stdout
    children = {}
    for line in listing.splitlines():
        child, parent = map(int, line.split())
        children.setdefault(parent, []).append(child)
    found, todo = [], [pid]
    while todo:
        below = children.get(todo.pop(), [])
        found += below
        todo += below
    return found


def alive(pid):
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return (
        "Z"
        not in subprocess.run(["ps", "-o", "stat=", "-p", str(pid)], capture_output=True, text=True, check=False).stdout
    )


def started(terminal, *argv):
    """``mw up`` that has got as far as "Everything runs"; seconds it took."""
    begin = SYSTEM_CLOCK.monotonic()
    process = terminal.start("up", *argv)
    until(lambda: "Everything runs" in terminal.text or process.poll() is not None, within_s=180, what="mw up runs")
    assert process.poll() is None, terminal.text
    return process, SYSTEM_CLOCK.monotonic() - begin


def test_the_demo_runs_twice_answers_commands_and_leaves_nothing_behind(tmp_path, jar_cache, evidence):
    terminal = Terminal(tmp_path / "home")
    first, took_first = started(terminal, "--demo", "25")
    try:
        demo_lines = [line for line in terminal.text.splitlines() if line.startswith("demo-")]
        assert len(demo_lines) == 25
        assert any("Chargebacks / Disputes Team" in line for line in demo_lines)
        tickets = {line.split()[0] for line in demo_lines}

        second = terminal.run("up")
        assert second.returncode != 0
        assert "running" in second.stderr
        assert len(second.stderr.strip().splitlines()) == 1

        assert "act" in terminal.run("lag").stdout
        changed = terminal.run("control", "set", "safe_mode=true", "--reason", "a try")
        assert changed.returncode == 0, changed.stderr
        assert re.search(r"\d+(\.\d+)? ?ms", changed.stdout)
        explained = terminal.run("explain", sorted(tickets)[0])
        assert explained.returncode == 0, explained.stderr
        assert terminal.run("dead", "list").returncode == 0

        family = descendants(first.pid)
        assert len(family) >= 7  # the broker, the sandbox, ingress and four workers
        stopping = SYSTEM_CLOCK.monotonic()
        first.send_signal(signal.SIGINT)
        assert first.wait(45) == 0
        took_stop = SYSTEM_CLOCK.monotonic() - stopping
        assert took_stop < 10
        assert not [pid for pid in family if alive(pid)]
    finally:
        first.kill()
        first.wait(10)

    again, took_again = started(terminal, "--demo", "5")
    family = descendants(again.pid)
    assert "Everything runs" in terminal.text
    again.kill()  # kill -9: nobody is asked to tidy up
    again.wait(10)
    until(lambda: not [pid for pid in family if alive(pid)], within_s=10, what="no orphan after kill -9")
    evidence.record(
        "start",
        first_start_to_last_of_25_demo_tickets_s=round(took_first, 1),
        second_start_to_last_of_5_demo_tickets_s=round(took_again, 1),
        ctrl_c_to_the_end_s=round(took_stop, 1),
    )
    if evidence.full:  # these limits are for a machine that does nothing else
        assert took_first < 30
        assert took_again < 15


def test_it_ends_in_order_when_what_started_it_is_killed_and_when_the_terminal_is_closed(tmp_path, jar_cache):
    terminal = Terminal(tmp_path / "home")
    command = [sys.executable, "-m", "control", "up", "--with-parent"]
    with terminal.output.open("wb") as out:
        make = subprocess.Popen(["sh", "-c", '"$@"; exit $?', "sh", *command], env=terminal.env, stdout=out, stderr=out)
    try:
        until(lambda: "Everything runs" in terminal.text, within_s=180, what="mw up runs")
        family = descendants(make.pid)
        make.kill()
        make.wait(10)
        until(lambda: not [pid for pid in family if alive(pid)], within_s=45, what="no orphan of a killed make")
        assert "stopping ..." in terminal.text
    finally:
        make.kill()
        make.wait(10)

    running, _ = started(terminal)
    try:
        running.send_signal(signal.SIGHUP)
        assert running.wait(45) == 0
        assert "stopping ..." in terminal.text
    finally:
        running.kill()
        running.wait(10)


def test_feed_goes_on_where_it_ended_and_refuses_malformed_lines_by_number(tmp_path, jar_cache):
    terminal = Terminal(tmp_path / "home")
    running, _ = started(terminal)
    try:
        file = tmp_path / "messages.jsonl"
        file.write_text(
            '{"text": "please cancel my order 51022"}\nnot json\n{"text": ""}\n{"text": "where is my order?"}\n'
        )
        first = terminal.run("feed", str(file))
        assert first.returncode == 1
        assert "line 2: not JSON" in first.stderr
        assert "line 3: has no text" in first.stderr
        assert "2 accepted" in first.stdout
        second = terminal.run("feed", str(file))
        assert "0 accepted, 2 before" in second.stdout
    finally:
        running.send_signal(signal.SIGINT)
        running.wait(45)


BAD_SETTINGS = [
    # a worker without keys
    (("worker", "sanitize"), {}, 2, "MW_SEAL_KEYS"),
    # ingress that would accept anybody
    (("ingress",), {}, 2, "MW_INGRESS_TOKENS"),
    # a typo in a variable's name
    (("lag",), {"MW_KAFKA_BOOTSRAP": "x"}, 2, "MW_KAFKA_BOOTSRAP"),
    # a value of the wrong kind
    (("worker", "act"), {"MW_DRAIN_S": "soon"}, 2, "MW_DRAIN_S"),
    # no such stage
    (("worker", "guess"), {}, 2, "guess"),
    # nobody listens there
    (("worker", "policy"), {"MW_KAFKA_BOOTSTRAP_SERVERS": "127.0.0.1:1", "MW_BOOT_WAIT_S": "1"}, 3, "127.0.0.1:1"),
    (("control", "get"), {"MW_KAFKA_BOOTSTRAP_SERVERS": "127.0.0.1:1"}, 3, "127.0.0.1:1"),
    # a flag that does not exist
    (
        ("control", "set", "save_mode=true", "--reason", "x"),
        {"MW_KAFKA_BOOTSTRAP_SERVERS": "127.0.0.1:1"},
        2,
        "save_mode",
    ),
    # a flag's value of the wrong kind
    (("control", "set", "safe_mode=7", "--reason", "x"), {"MW_KAFKA_BOOTSTRAP_SERVERS": "127.0.0.1:1"}, 2, "safe_mode"),
]


@pytest.mark.parametrize(("argv", "env", "code", "named"), BAD_SETTINGS, ids=[" ".join(row[0]) for row in BAD_SETTINGS])
def test_bad_configuration_is_one_clear_line_and_its_exit_code(tmp_path, argv, env, code, named):
    terminal = Terminal(tmp_path / "home")
    terminal.env |= {"MW_KAFKA_BOOTSTRAP_SERVERS": "127.0.0.1:1", "MW_HTTP_PORT": "0", **env}
    result = terminal.run(*argv)
    assert result.returncode == code, result.stderr
    assert named in result.stderr
    assert "Traceback" not in result.stderr
    assert len([line for line in result.stderr.splitlines() if line.startswith("mw: ")]) == 1
