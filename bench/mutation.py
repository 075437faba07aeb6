"""``make mutation``: the policy's tests against the policy with one mistake in it, again and again, to
docs/evidence/mutation.json. cosmic-ray makes the mistakes (an ``and`` for an ``or``, a ``not`` too many, another
number ...); a mistake that no test notices survives.
"""

from __future__ import annotations

import ast
import json
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from bench.environments import cosmic_ray_python
from bench.figures import circumstances
from bench.rig import ROOT, BenchFailed
from control.settings import process_environment

MODULES = ("agents/policy.py", "agents/gates.py", "agents/replies.py", "agents/routes.py")
TESTS = tuple(f"tests/unit/test_policy_{name}.py" for name in ("gates", "rules", "records", "exhaustive"))
_TIMEOUT_S = 60.0
"""The tests take about 4 s; a mistake that makes a loop endless is noticed by this."""
_SESSION = "session.sqlite"

_LIST = """
import json, sys
from cosmic_ray.work_db import use_db
with use_db(sys.argv[1]) as db:
    for item in db.work_items:
        for one in item.mutations:
            print(json.dumps([item.job_id, str(one.module_path), *one.start_pos]))
"""
_SKIP = """
import sys
from cosmic_ray.work_db import use_db
from cosmic_ray.work_item import WorkerOutcome, WorkResult
with use_db(sys.argv[1]) as db:
    for job in sys.stdin.read().split():
        db.set_result(job, WorkResult(worker_outcome=WorkerOutcome.SKIPPED))
"""


def main() -> None:
    """Make the mutants, run the tests on each, write the score. Exit code 1 where cosmic-ray or the tests fail."""
    try:
        with tempfile.TemporaryDirectory() as folder:
            copy = Path(folder) / "copy"
            _run(ROOT, "git", "clone", "--quiet", str(ROOT), str(copy))
            figures = _score(copy)
    except BenchFailed as exc:
        sys.exit(f"the mutation run failed: {exc}")
    path = ROOT / "docs" / "evidence" / "mutation.json"
    record = {"measurement": "mutation", "figures": figures, "command": "make mutation", **circumstances()}
    path.write_text(json.dumps(record, indent=1) + "\n", "utf-8")
    print(f"{figures['killed']} of {figures['mutants']} killed ({figures['score']:.1%}); {path.relative_to(ROOT)}")


def _score(copy: Path) -> dict[str, Any]:
    """The figures of a whole run in ``copy``, a clone of the last commit."""
    (copy / "mutation.toml").write_text(_config(), "utf-8")
    _cosmic_ray(copy, "init", "mutation.toml", _SESSION)
    hints = _hints(copy)
    _python(copy, _SKIP, _SESSION, stdin="\n".join(hints))
    _cosmic_ray(copy, "baseline", "mutation.toml")
    _cosmic_ray(copy, "exec", "mutation.toml", _SESSION)
    outcomes, survivors = Counter[str](), []
    for item, result in map(json.loads, _cosmic_ray(copy, "dump", _SESSION).splitlines()):
        if item["job_id"] in hints:
            continue
        outcomes[result["test_outcome"] if result else "not run"] += 1
        if not result or result["test_outcome"] != "killed":
            survivors.append(_told(item["mutations"][0], (result or {}).get("diff") or ""))
    mutants = sum(outcomes.values())
    return {
        "modules": MODULES,
        "mutants": mutants,
        "killed": outcomes["killed"],
        "score": round(outcomes["killed"] / mutants, 4),
        "outcomes": outcomes,
        "left out, in type hints": len(hints),
        "survivors": survivors,
    }


def _told(mutation: dict[str, Any], diff: str) -> str:
    """Where a survivor is, and its line before and after."""
    lines = [line for line in diff.splitlines() if line[:1] in "+-" and line[:3] not in ("+++", "---")]
    return f"{mutation['module_path']}:{mutation['start_pos'][0]} " + " ".join(" ".join(line.split()) for line in lines)


def _config() -> str:
    """cosmic-ray's settings: one mutant at a time, in place."""
    command = f"{sys.executable} -m pytest -q -x -p no:cacheprovider {' '.join(TESTS)}"
    return f"""[cosmic-ray]
module-path = {list(MODULES)!r}
timeout = {_TIMEOUT_S}
excluded-modules = []
test-command = {command!r}

[cosmic-ray.distributor]
name = "local"
"""


def _hints(copy: Path) -> set[str]:
    """The mutants within type hints, which no run reads (``from __future__ import annotations``)."""
    spans = {module: set(_hint_positions(copy / module)) for module in MODULES}
    listed = map(json.loads, _python(copy, _LIST, _SESSION).splitlines())
    return {job for job, module, row, column in listed if (row, column) in spans[module]}


def _hint_positions(path: Path) -> Iterator[tuple[int, int]]:
    """Every (row, column) of the annotations in the file at ``path``."""
    text = path.read_text("utf-8")
    widths = [len(line) for line in text.splitlines()]
    for node in ast.walk(ast.parse(text)):
        for hint in (getattr(node, "annotation", None), getattr(node, "returns", None)):
            if isinstance(hint, ast.expr) and hint.end_lineno and hint.end_col_offset:
                for row in range(hint.lineno, hint.end_lineno + 1):
                    start = hint.col_offset if row == hint.lineno else 0
                    end = hint.end_col_offset if row == hint.end_lineno else widths[row - 1]
                    yield from ((row, column) for column in range(start, end))


def _cosmic_ray(copy: Path, *argv: str) -> str:
    """The output of one of cosmic-ray's commands."""
    return _run(copy, str(cosmic_ray_python().with_name("cosmic-ray")), *argv)


def _python(copy: Path, script: str, *argv: str, stdin: str = "") -> str:
    """The output of ``script``, run where cosmic-ray can be imported."""
    return _run(copy, str(cosmic_ray_python()), "-c", script, *argv, stdin=stdin)


def _run(cwd: Path, *argv: str, stdin: str = "") -> str:
    """The output of a command. Raises BenchFailed with its last words."""
    environment = {**process_environment(), "PYTHONPATH": str(cwd)}
    done = subprocess.run(argv, cwd=cwd, env=environment, input=stdin, capture_output=True, text=True, check=False)
    if done.returncode:
        raise BenchFailed(f"{' '.join(argv[:3])}: {(done.stderr or done.stdout).strip()[-300:]}")
    return done.stdout


if __name__ == "__main__":
    main()
