"""The second virtual environment: Quix Streams pins older versions of libraries that the project uses."""

from __future__ import annotations

import subprocess
import sys
import venv
from pathlib import Path

from bench.rig import ROOT, BenchFailed
from control.settings import process_environment

_FOLDER = ROOT / ".venv-quix"
_LOCK = ROOT / "bench" / "quix" / "requirements.lock"


def quix_python() -> Path:
    """The interpreter of the Quix environment, which is made, or renewed after a change of its lock file, on demand.

    Raises BenchFailed where its packages cannot be had.
    """
    python, stamp = _FOLDER / "bin" / "python", _FOLDER / ".installed"
    if not stamp.exists() or stamp.read_bytes() != _LOCK.read_bytes():
        sys.stderr.write(f"installing Quix Streams into {_FOLDER.name}, once ...\n")
        venv.create(_FOLDER, clear=True, symlinks=True)
        uv = Path(sys.executable).with_name("uv")
        command = [str(uv), "pip", "sync", "--quiet", "--require-hashes", "--python", str(python), str(_LOCK)]
        done = subprocess.run(command, env=process_environment(), capture_output=True, text=True, check=False)
        if done.returncode:
            raise BenchFailed(f"the Quix environment cannot be made: {done.stderr.strip()[-300:]}")
        stamp.write_bytes(_LOCK.read_bytes())
    return python
