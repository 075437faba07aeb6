"""One stage's worker as ``mw worker STAGE`` runs it, with the helpdesk in the process: ``python -m bench.product``."""

from __future__ import annotations

import sys

from bench.desk import MemoryDesk
from control.bootstrap import worker_parts
from control.logs import set_up
from control.process import live, run
from control.settings import load
from control.stages import Ports
from streams.reasons import Stage


def main() -> None:
    """Run until SIGTERM."""
    stage, settings = Stage(sys.argv[1]), load()
    set_up(settings.log_level)

    async def lead() -> int:
        return await live(worker_parts(settings, stage, Ports(helpdesk=MemoryDesk())), stop_within_s=20.0)

    raise SystemExit(run(lead))


if __name__ == "__main__":
    main()
