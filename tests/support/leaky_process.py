"""A worker that leaks in every way we know of: ``python -m tests.support.leaky_process worker act``.

Its stderr is looked at. On stdout it names the loggers that would not go through the process's one handler.
"""

from __future__ import annotations

import asyncio
import logging
import threading
import warnings

from control import bootstrap
from control.cli.main import main
from control.process import Part
from tests.support.log_canaries import FORMATTED, UNFORMATTED

FORMS = "; ".join(FORMATTED.values())  # in one line: of several from one place the rate limit lets one through
ALL = f"{FORMS}; {UNFORMATTED}"
LIBRARY = logging.getLogger("some.library")


class Careless:
    """What raises while it is thrown away."""

    def __del__(self) -> None:
        raise ValueError(ALL)


def fail(_: object = None) -> None:
    raise ValueError(ALL)


async def leak() -> None:
    """Leak, and end by an exception."""
    logging.getLogger("leak").warning("could not handle %s", FORMS)
    warnings.warn(f"odd: {FORMS}", stacklevel=1)
    try:
        fail()
    except ValueError as exc:
        LIBRARY.exception("failed")
        LIBRARY.error("failed: %r", exc)
        LIBRARY.error(exc)
        LIBRARY.error("%s", ALL, "one argument too many")
    asyncio.get_running_loop().call_soon(fail, UNFORMATTED)
    forgotten = asyncio.get_running_loop().create_task(asyncio.to_thread(fail))
    await asyncio.wait([forgotten])
    del forgotten
    thread = threading.Thread(target=fail, name="leaking")
    thread.start()
    thread.join()
    Careless()
    own = [n for n, each in logging.root.manager.loggerDict.items() if isinstance(each, logging.Logger) and loud(each)]
    print(*own, flush=True)
    fail()


def loud(logger: logging.Logger) -> bool:
    """Whether its lines may take another way out."""
    return not logger.propagate or any(type(handler) is not logging.NullHandler for handler in logger.handlers)


async def nothing() -> None:
    """There is nothing to stop."""


if __name__ == "__main__":
    bootstrap.worker_parts = lambda *_: [Part("leaks", leak, nothing)]  # type: ignore[assignment]
    main()
