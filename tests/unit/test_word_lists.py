"""The lexicon: what it is made from, how it is kept, and how words are read."""

from __future__ import annotations

from pathlib import Path

import pytest

from agents.redaction.language import language_of, words_of
from agents.redaction.lexicon import Lexicon, Words, WordSet
from control.word_lists import load_lexicon
from streams.errors import ConfigurationError
from tests.support.lexicon import shipped_lexicon


def test_words_are_ordinary_or_names_or_unknown() -> None:
    english = shipped_lexicon().reading("en")
    assert all(map(english.is_common, ("will", "hope", "order", "please")))
    assert all(map(english.is_ordinary, ("zipper", "mattress")))
    assert not any(map(english.is_common, ("john", "james", "zipper")))
    assert not any(map(english.is_ordinary, ("krisztián", "oluwaseun", "bestellung")))
    assert {"john", "leif", "krisztián"} <= english.given
    assert {"hansen", "garcía"} <= english.family


def test_a_text_is_read_with_the_words_of_its_language_and_of_the_default_one() -> None:
    german = shipped_lexicon().reading("de")
    assert german.is_ordinary("bestellung")
    assert german.is_ordinary("zipper")


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("Where is my order? It has not arrived yet", "en"),
        ("Wo ist meine Bestellung? Das Paket ist noch nicht da", "de"),
        ("¿Dónde está mi pedido? No me llega y es para el lunes", "es"),
        ("Où est ma commande ? Je ne vois pas de suivi", "fr"),
        ("Dove è il mio ordine? Non ho ricevuto niente", "it"),
        ("Waar is mijn bestelling? Ik heb het nog niet", "nl"),
        ("Onde está o meu pedido? Eu não recebi nada", "pt"),
        ("12345", "en"),
        ("", "en"),
    ],
)
def test_the_small_words_tell_the_language(text: str, language: str) -> None:
    assert language_of(words_of(text)) == language


def test_a_lexicon_that_was_stored_is_the_one_that_was_made(tmp_path: Path) -> None:
    made, read = load_lexicon(tmp_path), load_lexicon(tmp_path)
    assert (read.given, read.family) == (made.given, made.family)
    for language, words in made.words.items():
        assert read.words[language].ordinary.checksums == words.ordinary.checksums
        assert read.words[language].common.checksums == words.common.checksums


def test_a_damaged_file_is_made_anew(tmp_path: Path) -> None:
    given = load_lexicon(tmp_path).given
    [path] = tmp_path.iterdir()
    sound = path.read_bytes()
    for damaged in (b"", sound[:-1000], sound[:5000] + b"\x00" * 500 + sound[5500:]):
        path.write_bytes(damaged)
        assert load_lexicon(tmp_path).given == given
    assert path.stat().st_size == len(sound)


def test_a_cache_that_cannot_be_written_is_one_clear_line(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(ConfigurationError, match="MW_CACHE"):
        load_lexicon(tmp_path / "file")


def test_an_empty_lexicon_says_that_it_knows_nothing() -> None:
    assert not Lexicon()
    assert Lexicon({"en": Words(WordSet.of(["a"]), WordSet.of([]))}, frozenset(["leif"]))


def test_a_set_of_words_ignores_their_case() -> None:
    words = WordSet.of(["Straße", "ORDER"])
    assert "strasse" in words
    assert "order" in words
    assert "orders" not in words
