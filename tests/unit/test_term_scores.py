"""One message's scores are those of scikit-learn's vectorizers times the weights."""

from __future__ import annotations

import re

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from sklearn.feature_extraction.text import TfidfVectorizer

from connectors.term_scores import CharacterScores, WordScores

MESSAGES = [
    "where is my order , it is late late late",
    "refund please ! i want my money back",
    "a cup is broken and the box is wet",
    "how do i cancel ? i ordered twice",
]
WORD = re.compile(r"[\w']+|[?!]")
WEIGHTS = np.random.default_rng(7)
TEXTS = st.lists(st.sampled_from([*" ".join(MESSAGES).split(), "unknownword", "é", "ab"]) | st.text(max_size=8)).map(
    " ".join
)


def as_is(text: str) -> str:
    return text


def fitted(**how: object) -> tuple[TfidfVectorizer, np.ndarray]:
    vectorizer = TfidfVectorizer(preprocessor=as_is, sublinear_tf=True, **how).fit(MESSAGES)
    return vectorizer, WEIGHTS.normal(size=(len(vectorizer.vocabulary_), 5))


CHARS, CHAR_WEIGHTS = fitted(analyzer="char_wb", ngram_range=(2, 5))
WORDS, WORD_WEIGHTS = fitted(tokenizer=WORD.findall, token_pattern=None, ngram_range=(1, 2))
CHAR_SCORES = CharacterScores(CHARS.get_feature_names_out(), CHARS.idf_, CHAR_WEIGHTS, shortest=2, longest=5)
WORD_SCORES = WordScores(WORDS.get_feature_names_out(), WORDS.idf_, WORD_WEIGHTS)


@given(TEXTS)
def test_characters_score_as_with_the_vectorizer(text: str) -> None:
    wanted = (CHARS.transform([text]) @ CHAR_WEIGHTS)[0]
    np.testing.assert_allclose(CHAR_SCORES.of_text(text), wanted, rtol=0, atol=1e-12)


@given(TEXTS)
def test_words_score_as_with_the_vectorizer(text: str) -> None:
    wanted = (WORDS.transform([text]) @ WORD_WEIGHTS)[0]
    np.testing.assert_allclose(WORD_SCORES.of_words(WORD.findall(text)), wanted, rtol=0, atol=1e-12)


def test_a_message_without_a_known_term_scores_nothing() -> None:
    assert not WORD_SCORES.of_words(["unknownword"]).any()
    assert not CHAR_SCORES.of_text("").any()
