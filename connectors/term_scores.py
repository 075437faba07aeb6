"""Scores of one message at a time under TF-IDF weights, without scikit-learn's cost per call.

The same numbers as ``TfidfVectorizer(sublinear_tf=True).transform([text]) @ weights`` (a test holds them together),
which takes 0.6 ms a call for checking and building matrices of one row.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import lru_cache
from itertools import pairwise

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]

_WORDS_REMEMBERED = 20_000
"""Words whose character terms are kept: a shop's language is a few thousand. About 10 MB when full."""


class TermScores:
    """``terms`` (T of them), their ``idf`` (T,) and ``weights`` (T, K)."""

    def __init__(self, terms: Sequence[str], idf: Floats, weights: Floats) -> None:
        self._ids = {term: number for number, term in enumerate(terms)}
        self._idf = idf
        self._weights = np.ascontiguousarray(weights)

    def ids(self, terms: Iterable[str]) -> list[int]:
        """The numbers of the ``terms`` that are known, each as often as it stands there."""
        get = self._ids.get
        return [number for term in terms if (number := get(term)) is not None]

    def scores(self, ids: Sequence[int]) -> Floats:
        """(K,): the weights of a message's terms, each by 1 + ln(its count) and idf, the whole of length 1."""
        if not ids:
            return np.zeros(self._weights.shape[1])
        found, counts = np.unique(np.array(ids, dtype=np.intp), return_counts=True)
        values = (1.0 + np.log(counts)) * self._idf[found]
        scores: Floats = values @ self._weights[found] / np.sqrt(values @ values)
        return scores


class CharacterScores(TermScores):
    """Terms are the pieces of words, ``shortest`` to ``longest`` characters, with a blank at both ends of a word."""

    def __init__(self, terms: Sequence[str], idf: Floats, weights: Floats, *, shortest: int, longest: int) -> None:
        super().__init__(terms, idf, weights)
        self._sizes = range(shortest, longest + 1)
        self._of_word = lru_cache(_WORDS_REMEMBERED)(self._word_ids)

    def of_text(self, text: str) -> Floats:
        """(K,): scores of ``text``."""
        return self.scores([number for word in text.split() for number in self._of_word(word)])

    def _word_ids(self, word: str) -> tuple[int, ...]:
        padded = f" {word} "
        pieces = []
        for size in self._sizes:
            pieces += [padded[at : at + size] for at in range(max(1, len(padded) - size + 1))]
            if len(padded) <= size:  # a short word counts once, whole
                break
        return tuple(self.ids(pieces))


class WordScores(TermScores):
    """Terms are words and pairs of neighbouring words."""

    def of_words(self, words: Sequence[str]) -> Floats:
        """(K,): scores of a message of ``words``."""
        return self.scores(self.ids([*words, *map(" ".join, pairwise(words))]))
