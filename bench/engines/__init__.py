"""One file per engine; each is one process that carries records from ``<prefix>t<hop>`` to ``<prefix>t<hop + 1>``."""
