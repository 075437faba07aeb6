"""What we change in Faust's consumer, each change with its reason. Guarded: see ``check_versions``.

* Commit before a revoke is processed. Faust forgets what was acknowledged before it commits, so a rebalance would
  redo everything since the last commit (faust-streaming issue 502).
"""

from __future__ import annotations

import logging
from importlib.metadata import version

import faust.streams
from faust.transport.drivers.aiokafka import Consumer, Transport
from faust.types import TP

from streams.errors import ConfigurationError

PINNED = {"faust-streaming": "0.15.3", "mode-streaming": "0.7.1", "aiokafka": "0.14.0"}
"""The versions whose internals our overrides were proven on."""


class SafeConsumer(Consumer):
    """Faust's consumer that commits before it forgets."""

    logger = logging.getLogger("faust.consumer")

    async def on_partitions_revoked(self, revoked: set[TP]) -> None:
        """Commit what was acknowledged, then let Faust process the revoke."""
        if not self.app.should_stop:
            await self.commit()
        await super().on_partitions_revoked(revoked)


class SafeTransport(Transport):
    """The aiokafka transport with our consumer."""

    Consumer = SafeConsumer


def check_versions() -> None:
    """Raises ConfigurationError unless the pinned versions and Faust's compiled stream iterator are installed.

    The pure-Python iterator acknowledges events it skips during a rebalance: it would lose tickets.
    """
    for name, wanted in PINNED.items():
        if (found := version(name)) != wanted:
            raise ConfigurationError(f"{name} {found} is installed, {wanted} is needed: run `make install`")
    if getattr(faust.streams, "_CStreamIterator", None) is None:
        raise ConfigurationError("faust-streaming is installed without its compiled parts: run `make install`")
