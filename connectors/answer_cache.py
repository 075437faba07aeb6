"""Answers of the language model that were paid for: a redelivered ticket, or the same text again, costs nothing.

A small SQLite file that all workers of this machine share, so a worker that was killed and comes again remembers. It
holds hashes of (prompt, text) and what was understood, no text. Losing it costs money and nothing else, so a file that
cannot be used is no error: nothing is remembered.
"""

from __future__ import annotations

import hashlib
import logging
import sqlite3
from contextlib import suppress
from datetime import timedelta
from pathlib import Path

from streams.clock import SYSTEM_CLOCK, Clock

log = logging.getLogger(__name__)

KEEP = timedelta(days=2)
"""Longer than a ticket is likely to be redelivered after a crash, and shorter than a model's mind changes."""

_MOST = 200_000  # answers; at about 300 bytes each 60 MB


class AnswerCache:
    """``path`` None: in memory, for this process alone."""

    def __init__(self, path: Path | None, *, clock: Clock = SYSTEM_CLOCK) -> None:
        self._clock = clock
        self._db: sqlite3.Connection | None = None
        try:
            if path is not None:
                path.parent.mkdir(parents=True, exist_ok=True)
            self._db = sqlite3.connect(path or ":memory:", timeout=0.2, isolation_level=None)
            self._db.execute("pragma journal_mode=wal")
            self._db.execute("pragma synchronous=off")
            self._db.execute("create table if not exists answers (key text primary key, answer text, at real)")
            self._forget()
        except (sqlite3.Error, OSError) as exc:
            self._give_up(exc)

    @staticmethod
    def key(*parts: str) -> str:
        """A hash of the parts (prompt, model, text ...), none of which can be read out of it."""
        digest = hashlib.sha256()
        for part in parts:
            digest.update(len(part).to_bytes(8) + part.encode())
        return digest.hexdigest()

    def get(self, key: str) -> str | None:
        """The answer that was kept under ``key``; None where there is none or it is too old."""
        if self._db is None:
            return None
        oldest = (self._clock.now() - KEEP).timestamp()
        try:
            found = self._db.execute("select answer from answers where key = ? and at > ?", (key, oldest)).fetchone()
        except sqlite3.Error as exc:
            self._give_up(exc)
            return None
        return None if found is None else str(found[0])

    def put(self, key: str, answer: str) -> None:
        """Keep an answer."""
        if self._db is None:
            return
        row = (key, answer, self._clock.now().timestamp())
        try:
            self._db.execute("insert or replace into answers values (?, ?, ?)", row)
        except sqlite3.Error as exc:
            self._give_up(exc)

    def close(self) -> None:
        """Close the file."""
        if self._db is not None:
            with suppress(sqlite3.Error):
                self._db.close()
            self._db = None

    def _forget(self) -> None:
        assert self._db is not None
        self._db.execute("delete from answers where at <= ?", ((self._clock.now() - KEEP).timestamp(),))
        newest = "select key from answers order by at desc limit ?"
        self._db.execute(f"delete from answers where key not in ({newest})", (_MOST,))  # noqa: S608  (our own words)

    def _give_up(self, exc: Exception) -> None:
        log.warning("answers of the language model are not remembered: %s", type(exc).__name__)
        self.close()
