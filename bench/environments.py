"""Virtual environments of their own for what pins other versions of libraries than the project uses."""

from __future__ import annotations

import subprocess
import sys
import venv
from pathlib import Path

from bench.rig import ROOT, BenchFailed
from control.settings import process_environment


def quix_python() -> Path:
    """The interpreter of the Quix environment. Raises BenchFailed where its packages cannot be had."""
    return _python("quix", "Quix Streams")


def presidio_python() -> Path:
    """The interpreter of the Presidio environment. Raises BenchFailed where its packages cannot be had."""
    return _python("presidio", "Microsoft Presidio")


def cosmic_ray_python() -> Path:
    """The interpreter of the cosmic-ray environment. Raises BenchFailed where its packages cannot be had."""
    return _python("cosmic_ray", "cosmic-ray")


def _python(name: str, title: str) -> Path:
    """The interpreter of environment ``name``, which is made, or renewed after a change of its lock file, on demand."""
    folder, lock = ROOT / f".venv-{name}", ROOT / "bench" / name / "requirements.lock"
    python, stamp = folder / "bin" / "python", folder / ".installed"
    if not stamp.exists() or stamp.read_bytes() != lock.read_bytes():
        sys.stderr.write(f"installing {title} into {folder.name}, once ...\n")
        venv.create(folder, clear=True, symlinks=True)
        uv = Path(sys.executable).with_name("uv")
        command = [str(uv), "pip", "sync", "--quiet", "--require-hashes", "--python", str(python), str(lock)]
        done = subprocess.run(command, env=process_environment(), capture_output=True, text=True, check=False)
        if done.returncode:
            raise BenchFailed(f"the {title} environment cannot be made: {done.stderr.strip()[-300:]}")
        stamp.write_bytes(lock.read_bytes())
    return python
