"""The lexicon that redaction asks, made from two maintained word lists and kept in this machine's cache.

Ordinary words and how frequent they are: the dictionaries of pyspellchecker (film subtitles and word lists, seven
languages). Names of people: the person providers of Faker (about seventy countries). Reading them takes three seconds
of CPU, so what comes of it is stored once, under the versions it was made from.
"""

from __future__ import annotations

import gzip
import importlib
import os
import pkgutil
import tempfile
from array import array
from collections.abc import Iterator
from contextlib import suppress
from importlib import resources
from importlib.metadata import version
from pathlib import Path
from typing import Any, Final
from zipfile import BadZipFile

import numpy as np
import orjson

from agents.redaction.language import LANGUAGES
from agents.redaction.lexicon import Lexicon, Words, WordSet
from streams.errors import ConfigurationError

COMMON_FROM: Final = 8_000
"""Occurrences in a dictionary's corpus from which a word that is a name too is taken for the word: hope 629,000, will
5.9 million, rose 27,000; but john 6,900, james 2,700, ruby 2,800."""
_FORMAT: Final = 2


def load_lexicon(cache: Path) -> Lexicon:
    """The lexicon from folder ``cache``, made into it on first use. Raises ConfigurationError if it cannot be used."""
    path = cache / f"lexicon-{_FORMAT}-{version('pyspellchecker')}-{version('faker')}.npz"
    try:
        lexicon = _stored(path)
        if lexicon is None:
            lexicon = make_lexicon()
            _store(lexicon, path)
    except OSError as exc:
        raise ConfigurationError(
            f"the word cache {cache} cannot be used ({exc.strerror}): set MW_CACHE to a folder that can"
        ) from exc
    return lexicon


def make_lexicon() -> Lexicon:
    """The lexicon from the installed word lists. Equal versions give an equal lexicon."""
    return Lexicon(
        words={language: _words(language) for language in LANGUAGES},
        given=frozenset(_names("first_name")),
        family=frozenset(_names("last_name")),
    )


def _words(language: str) -> Words:
    packed = resources.files("spellchecker").joinpath(f"resources/{language}.json.gz").read_bytes()
    frequency: dict[str, int] = orjson.loads(gzip.decompress(packed))
    common = WordSet.of(word for word, count in frequency.items() if count >= COMMON_FROM)
    return Words(WordSet.of(frequency), common)


def _names(kind: str) -> Iterator[str]:
    """All names of a ``kind`` that Faker knows, casefolded, one word each."""
    from faker.providers import person  # noqa: PLC0415 - seventy modules, needed once per machine

    for module in pkgutil.iter_modules(person.__path__):
        provider = importlib.import_module(f"{person.__name__}.{module.name}").Provider
        for attribute in dir(provider):
            if attribute.startswith(kind):
                yield from _words_of(getattr(provider, attribute))


def _words_of(names: Any) -> Iterator[str]:
    if callable(names) or not hasattr(names, "__iter__"):
        return
    for name in names:
        for word in str(name).casefold().split():
            if len(word) > 1 and word.isalpha():
                yield word


def _store(lexicon: Lexicon, path: Path) -> None:
    """Write ``lexicon`` to ``path``, at once or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "wb") as file:
            np.savez(file, allow_pickle=False, **_parts(lexicon))
        Path(temporary).replace(path)
    except BaseException:
        with suppress(FileNotFoundError):
            os.unlink(temporary)
        raise


def _parts(lexicon: Lexicon) -> dict[str, Any]:
    parts: dict[str, Any] = {"given": _packed(lexicon.given), "family": _packed(lexicon.family)}
    for language, words in lexicon.words.items():
        parts[f"{language}.ordinary"] = np.array(words.ordinary.checksums, dtype=np.uint32)
        parts[f"{language}.common"] = np.array(words.common.checksums, dtype=np.uint32)
    return parts


def _stored(path: Path) -> Lexicon | None:
    """What ``path`` holds; None where it is missing or damaged (its parts carry checksums)."""
    try:
        with path.open("rb") as file, np.load(file, allow_pickle=False) as parts:
            sets = {name: WordSet(array("I", parts[name].tobytes())) for name in parts.files if "." in name}
            return Lexicon(
                {one: Words(sets[f"{one}.ordinary"], sets[f"{one}.common"]) for one in LANGUAGES},
                _unpacked(parts["given"]),
                _unpacked(parts["family"]),
            )
    except (FileNotFoundError, BadZipFile, KeyError, ValueError, EOFError):
        return None


def _packed(words: frozenset[str]) -> Any:
    return np.frombuffer("\n".join(sorted(words)).encode(), dtype=np.uint8)


def _unpacked(packed: Any) -> frozenset[str]:
    return frozenset(packed.tobytes().decode().split("\n"))
