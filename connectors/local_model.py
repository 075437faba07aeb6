"""The local model: what a message asks for, learnt in seconds from the playbook's examples; no key, no network.

One linear support vector machine per intent over word 1-2-grams and character 2-5-grams (TF-IDF). Its margins, for
the whole message and for its clauses, become probabilities by one logistic calibration shared by all intents. The
calibration is fitted on held-out folds, so that a confidence of 0.8 is right about eight times in ten on messages
like the examples. Linear SVMs were chosen over logistic regression (one-vs-rest and multinomial): the same or better
accuracy in cross-validation at a quarter of the training time.
"""

from __future__ import annotations

import random
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import scipy.sparse as sp
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import StratifiedKFold
from sklearn.svm import LinearSVC

from connectors.intent_text import parts, prepare
from connectors.term_scores import CharacterScores, WordScores
from streams.decision import IntentScore
from streams.errors import ConfigurationError

Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]

TOP = 5
"""Intents reported for a message, best first."""

NOTHING_ELSE = "unknown_other"
"""The intent that means "none of the others": it is present only as far as no clause asks for something."""

_FOLDS = 5
_SVM_C = 0.5  # 0.25, 0.5 and 1 lie within noise of each other in cross-validation
_PAIR_SHARE = 0.3  # messages made of two examples, per example: they teach that two intents can be present
_PAIR_MAX_CHARS = 160
_WORD = re.compile(r"[\w']+|[?!]")
_WORDS: dict[str, Any] = {"ngram_range": (1, 2), "sublinear_tf": True}
_CHARS: dict[str, Any] = {"ngram_range": (2, 5), "sublinear_tf": True, "min_df": 2}
_JOINTS = (". ", " and ", ". also ", " ", "\n", ", but ")


@dataclass(frozen=True)
class TrainedModel:
    """Everything prediction needs, as plain arrays (shapes: W word terms, C character terms, K intents).

    ``calibration`` holds four weights and the intercept: of the margin, of its lead over the best other intent, and
    of the same two for the clause that speaks most for the intent.
    """

    labels: tuple[str, ...]
    word_terms: tuple[str, ...]
    char_terms: tuple[str, ...]
    word_idf: Floats  # (W,)
    char_idf: Floats  # (C,)
    word_weights: Floats  # (W, K)
    char_weights: Floats  # (C, K)
    intercepts: Floats  # (K,)
    calibration: Floats  # (5,)


def _word_vectorizer() -> TfidfVectorizer:
    return TfidfVectorizer(preprocessor=_as_is, tokenizer=_WORD.findall, token_pattern=None, **_WORDS)


def _char_vectorizer() -> TfidfVectorizer:
    return TfidfVectorizer(preprocessor=_as_is, analyzer="char_wb", **_CHARS)


def _as_is(text: str) -> str:
    return text


class _Scorer:
    """Margins of prepared or raw texts under a model's weights."""

    def __init__(self, model: TrainedModel) -> None:
        shortest, longest = _CHARS["ngram_range"]
        self._words = WordScores(model.word_terms, model.word_idf, model.word_weights)
        self._chars = CharacterScores(
            model.char_terms, model.char_idf, model.char_weights, shortest=shortest, longest=longest
        )
        self._intercepts = model.intercepts
        self._nothing_else = model.labels.index(NOTHING_ELSE) if NOTHING_ELSE in model.labels else None

    def features(self, texts: Sequence[str]) -> Floats:
        """(texts, K, 4): the four quantities that ``TrainedModel.calibration`` weighs."""
        pieces = [prepare(text) for text in texts]
        clauses = [parts(text) for text in texts]
        flat = [clause for own in clauses for clause in own]
        margins = self._margins([*pieces, *flat])
        leads = margins - _best_other(margins)
        both = np.stack([margins, leads], axis=-1)
        whole, clause = both[: len(texts)], both[len(texts) :]
        strongest = whole.copy()
        start = 0
        for row, own in enumerate(clauses):
            if own:
                of_row = clause[start : start + len(own)]
                strongest[row] = of_row.max(axis=0)
                if self._nothing_else is not None:
                    strongest[row, self._nothing_else] = of_row[:, self._nothing_else].min(axis=0)
                start += len(own)
        return np.concatenate([whole, strongest], axis=-1)

    def _margins(self, prepared: Sequence[str]) -> Floats:
        words, chars = self._words, self._chars
        return np.stack([words.of_words(_WORD.findall(text)) + chars.of_text(text) for text in prepared]) + (
            self._intercepts
        )


def _best_other(margins: Floats) -> Floats:
    ordered = np.sort(margins, axis=1)
    first, second = ordered[:, -1:], ordered[:, -2:-1]
    return np.where(margins >= first, second, first)


class LocalIntentModel:
    """``agents.ports.LocalModel`` over a trained model. Safe to share: it holds no state of a message."""

    def __init__(self, model: TrainedModel, *, name: str = "local") -> None:
        self._model = model
        self._scorer = _Scorer(model)
        self._name = name

    @property
    def name(self) -> str:
        """Name and version, for instance ``local-1f0c9b2d4e5a``."""
        return self._name

    def predict(self, texts: Sequence[str]) -> list[tuple[IntentScore, ...]]:
        """For each sanitised text its five likeliest intents, best first; none for a text without a word.

        Confidences are per intent, in 0..1, and need not add up to 1.
        """
        if not texts:
            return []
        calibration = self._model.calibration
        logits = self._scorer.features(texts) @ calibration[:-1] + calibration[-1]
        confidences = 1.0 / (1.0 + np.exp(-np.clip(logits, -60.0, 60.0)))
        order = np.argsort(-logits, axis=1, kind="stable")[:, :TOP]
        return [
            tuple(
                IntentScore(intent=self._model.labels[j], confidence=round(float(confidences[row, j]), 4))
                for j in order[row]
            )
            if texts[row].strip()
            else ()
            for row in range(len(texts))
        ]


def train(examples: Mapping[str, Sequence[str]], *, seed: int = 0) -> TrainedModel:
    """Learn from ``examples`` (intent -> messages). Equal input, seed and libraries give an equal model.

    Raises ConfigurationError for fewer than two intents or fewer than five messages of one: nothing could be held
    out to calibrate on.
    """
    if len(examples) < 2:
        raise ConfigurationError(f"examples name {len(examples)} intent(s), at least 2 are needed")
    for intent, messages in examples.items():
        if len(messages) < _FOLDS:
            raise ConfigurationError(f"examples of {intent}: {len(messages)} message(s), at least {_FOLDS} are needed")
    labels = tuple(sorted(examples))
    texts = [text for label in labels for text in examples[label]]
    targets = np.array([row for row, label in enumerate(labels) for _ in examples[label]])
    uncalibrated = np.zeros(5)
    held_out: list[tuple[Floats, Bools]] = []
    for fold, (fit_rows, test_rows) in enumerate(
        StratifiedKFold(_FOLDS, shuffle=True, random_state=seed).split(texts, targets)
    ):
        draw = random.Random(seed * 1000 + fold)
        part = _fit(labels, *_with_pairs(texts, targets, fit_rows, labels, draw), uncalibrated, seed)
        messages, present = _with_pairs(texts, targets, test_rows, labels, draw)
        held_out.append((_Scorer(part).features(messages), present))
    calibration = _calibrate(held_out)
    every = np.arange(len(texts))
    return _fit(labels, *_with_pairs(texts, targets, every, labels, random.Random(seed)), calibration, seed)


def _with_pairs(
    texts: Sequence[str],
    targets: npt.NDArray[np.int_],
    rows: npt.NDArray[np.int_],
    labels: tuple[str, ...],
    draw: random.Random,
) -> tuple[list[str], Bools]:
    """The messages of ``rows`` plus pairs of them joined, and which intents (messages, K) are present in each.

    Beside a real request, a greeting or other chatter is no intent of its own.
    """
    messages = [texts[row] for row in rows]
    present = [{int(targets[row])} for row in rows]
    short = [int(row) for row in rows if len(texts[row]) <= _PAIR_MAX_CHARS]
    nothing = {labels.index(NOTHING_ELSE)} if NOTHING_ELSE in labels else set()
    for _ in range(int(_PAIR_SHARE * len(rows)) if len(short) > 1 else 0):
        one, other = draw.sample(short, 2)
        both = {int(targets[one]), int(targets[other])}
        messages.append(texts[one] + draw.choice(_JOINTS) + texts[other])
        present.append(both - nothing or both)
    matrix = np.zeros((len(messages), len(labels)), dtype=np.bool_)
    for row, intents in enumerate(present):
        matrix[row, list(intents)] = True
    return messages, matrix


def _fit(
    labels: tuple[str, ...], messages: Sequence[str], present: Bools, calibration: Floats, seed: int
) -> TrainedModel:
    words, chars = _word_vectorizer(), _char_vectorizer()
    prepared = [prepare(text) for text in messages]
    word_matrix = words.fit_transform(prepared)
    matrix = sp.hstack([word_matrix, chars.fit_transform(prepared)]).tocsr()
    weights = np.empty((matrix.shape[1], len(labels)))
    intercepts = np.empty(len(labels))
    for column in range(len(labels)):
        machine = LinearSVC(C=_SVM_C, random_state=seed).fit(matrix, present[:, column])
        weights[:, column] = machine.coef_[0]
        intercepts[column] = machine.intercept_[0]
    split = word_matrix.shape[1]
    return TrainedModel(
        labels=labels,
        word_terms=tuple(words.get_feature_names_out().tolist()),
        char_terms=tuple(chars.get_feature_names_out().tolist()),
        word_idf=words.idf_,
        char_idf=chars.idf_,
        word_weights=weights[:split],
        char_weights=weights[split:],
        intercepts=intercepts,
        calibration=calibration,
    )


def _calibrate(held_out: Sequence[tuple[Floats, Bools]]) -> Floats:
    """Weights and intercept (5,) that turn margins of messages not trained on into probabilities."""
    features = np.concatenate([part.reshape(-1, part.shape[-1]) for part, _ in held_out])
    present = np.concatenate([part.ravel() for _, part in held_out])
    fitted = LogisticRegression(C=1000.0, max_iter=1000).fit(features, present)
    return np.round(np.append(fitted.coef_[0], fitted.intercept_[0]), 6)
