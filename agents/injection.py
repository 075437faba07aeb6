"""Whether a message tries to instruct a language model: a signal that can only make later stages more careful.

What counts is an order to a model (forget, play, reveal, answer with), not an odd topic. Kinds as in the OWASP list of
risks for language models (LLM01, prompt injection).
"""

from __future__ import annotations

import re
from typing import Final

from agents.redaction.language import words_of
from agents.redaction.words import word_set

_LOOKED_AT: Final = 5_000
"""Characters that are read; 4,000 are kept of a ticket, in which values have become shorter."""
_OBJECT = (
    r"(?:instructions?|prompts?|rules?|guidelines?|directions?|directives?|commands?|tasks?|context|programming|"
    r"training|"
    r"polic(?:y|ies)|restrictions?|filters?|conversations?|assignments?|orders|thoughts|text|information|"
    r"sentences?|words?|"
    r"data|documents?|messages?)"
)
_BEFORE = (
    r"(?:all|any|every|previous|prior|above|earlier|preceding|foregoing|former|past|last|initial|original|existing|"
    r"other)"
)
_FORGET = (
    rf"\b(?:ignor(?:e|ing)|disregard|forget|overlook|override|bypass|neglect|abandon)\b(?: (?!my\b|our\b)\w+){{0,3}}? "
    rf"(?:{_BEFORE}|(?:your|these|those))(?: \w+){{0,4}}? {_OBJECT}\b"
    rf"|\b(?:ignore|disregard|forget|override|bypass)\b(?: \w+){{0,2}}? {_OBJECT} "
    r"(?:above|before|given|you (?:were|have))\b"
    rf"|\b(?:ignore|disregard|forget)(?: about)? (?:everything|all|anything|what)(?: that| of that)?"
    r"(?: (?:was|is|i|you|we|they|has been|before|above|so far|said|told|written|mentioned|learned|know))"
    r"|\b(?:ignore|disregard|forget)(?: about)? (?:everything|all (?:of )?(?:that|this|the above))\b"
    r"|\b(?:vergiss|vergesse|vergessen sie|ignoriere?|ignorieren sie|missachte)\b(?: \w+){0,4}? "
    r"(?:alles?|alle|allen|vorherigen?|vorangegangenen?|bisherigen?|obigen?|davor|vorher|zuvor|bisher|anweisungen?|"
    r"aufgaben?|"
    r"befehle|instruktionen|regeln|text)\b"
    r"|\babweichend (?:zu|von)\b(?: \w+){0,2}? (?:instruktionen|anweisungen|aufgaben)\b"
    r"|\blass(?:en sie)?\b(?: \w+){0,2}? (?:vorherigen|bisherigen|alten)(?: \w+){1,2}? hinter (?:sich|dir)\b"
    r"|\b(?:zaboravi|zapomnij|zapomeň|забудь|забудьте|glem|glöm|unut|felejtsd)\b(?: \w+){0,3}? \w*"
    r"(?:instru[kc]\w*|polecen\w*|pokyn\w*|инструкц\w*|talimat\w*|utasítás\w*|före|før)\b"
    r"|\b(?:oublie[zr]?|ignore[zr]?)\b(?: \w+){0,4}? (?:instructions?|consignes|précédente?s?|ci-dessus|tout)\b"
    r"|\b(?:olvid[ae]|ignor[ae])\b(?: \w+){0,4}? (?:instrucciones|anterior(?:es)?|todo(?: lo)? que)\b"
    r"|\b(?:ignora|dimentica)(?:te)?\b(?: \w+){0,4}? (?:istruzioni|precedenti|tutto quello)\b"
    r"|\b(?:negeer|vergeet)\b(?: \w+){0,4}? (?:instructies|vorige|voorgaande|alles)\b"
    r"|\b(?:ignore|esqueça|esquece)\b(?: \w+){0,4}? (?:instruções|anteriores|tudo o que)\b"
)
_PLAY = (
    r"\b(?:pretend (?:to be|that you|you(?:'re| are)|like you)|roleplay|role-play|play the role|take (?:on )?the role|"
    r"(?:i want you|you(?:'ll| will| must| should| have| are going| need)?(?: now| to)*) (?:to )?(?:act|behave|"
    r"pretend|roleplay)|"
    r"act as (?:if you|though you|an? (?:\w+ )?(?:interviewer|expert|assistant|model|ai|translator|terminal|"
    r"console|poet|"
    r"journalist|storyteller|developer|linux|python|character|professor|writer|critic|coach|guide))|"
    r"you are (?:now|no longer|going to be)\b|from now on,? (?:you|your|only|always|answer|respond)|"
    r"imagine (?:that )?(?:you(?:'re| are)|yourself)|simulate (?:a|an|being)\b|your (?:new )?(?:role|task|job|goal|"
    r"mission) is|"
    r"du bist (?:jetzt|nun|ab)|(?:ab )?jetzt (?:bist|bist du|sind sie) du|jetzt bist du|als [^.]{2,80} (?:fungier|"
    r"agier)|tue? so,? als|agiere als|spiele? die rolle|stell dir vor,? du|"
    r"actúa como|eres ahora|agis comme|tu es maintenant|comportati come|ora sei|gedraag je als|je bent nu|aja como|"
    r"agora você é)"
)
_REVEAL = (
    r"\b(?:show|reveal|print|repeat|output|tell|give|display|expose|leak|share|translate|summari[sz]e|spell.?check|"
    r"list|"
    r"return|copy|say|write|what (?:is|are|was|were)|zeige?|nenne?|gib|wiederhole?|was (?:ist|sind|war|waren))"
    r"\b(?: \w+){0,4}? "
    r"(?:your|system|initial|original|previous|hidden|internal|secret|developer|deine[nr]?|ursprünglichen?)"
    r"(?: (?:first|initial|original|full|complete|exact|entire|system|hidden|secret|last|previous|current|own|internal|"
    r"alten?|neuen?|ersten?|gesamten?))* ?(?:prompts?|instructions?|system message|directives?|prompt texts?|"
    r"guidelines|"
    r"anweisung(?:en)?|aufgaben?|prompttexte?)\b"
)
_SPEAKS_TO_MODEL = (
    r"\bas an (?:ai|artificial|llm|language model)\b|\b(?:large )?language model\b|\b(?:chat ?)?gpt(?:-?[345])?\b|"
    r"\bllms?\b|"
    r"\byou are (?:an? )?(?:\w+ )?(?:ai|language model|llm|gpt|chatgpt|assistant who|ai assistant)\b|"
    r"\bprompt injection\b|"
    r"\bsystem prompt\b|\bjail ?break|\bdo anything now\b|\b(?:developer|god|sudo|debug|admin) mode\b|"
    r"\b(?:without|no|free of|ignore) (?:any )?(?:ethical |moral |content )?(?:restrictions|filters|censorship|"
    r"limitations)\b|"
    r"\bunfiltered (?:answer|response|ai|mode)|\b(?:end|start|begin) of (?:the )?(?:prompt|instructions?|input|"
    r"system)\b|"
    r"\b(?:new|additional|following|further) (?:task|instructions?|assignment|prompt|rules?|conversation|focus|"
    r"goal)s?\s?[:.!]|"
    r"\bneue (?:aufgabe|anweisung|aufgaben|anweisungen)\b|\bdecode (?:this|the following)\b.{0,40}\b(?:base ?64|"
    r"rot ?13|hex)\b"
)
_DICTATES = (
    r"\b(?:say|print|write|output|respond|answer|reply|return|type)\b(?: (?:with|to (?:this|me|every\w*)|back|"
    r"always|me))* "
    r"(?:only|just|exactly|nothing (?:but|else)|solely|simply)?,? ?(?:the (?:word|words|phrase|sentence|following|"
    r"text|letters?)"
    r"|[\"'“‘][^\"'”’\n]{1,60}[\"'”’])"
    r"|\b(?:must|only|always|should) (?:answer|respond|reply|output|say|return|classify)\b(?: \w+){0,4}? "
    r"(?:with|as|in (?:json|one word)|yes|no)\b"
    r"|\bclassify (?:this|the|my|it)\b(?: \w+){0,3}? as\b|\bset (?:the |your )?(?:intent|confidence|tier|priority)\b"
    r"|\bstopp?\s?[-:!,]\s?(?:now )?(?:write|say|print|answer|ich benötige|schreib\w*|sag\w*)\b|\brepeat after me\b"
    r"|\b(?:generate|write|create|generieren sie|schreibe)\b(?: \w+){0,2}? (?:c\+\+|python|javascript|java|sql|code)\b"
    r"|\bmark (?:this|it) as (?:safe|verified|resolved|approved)\b"
    r"|\bantworte (?:nur|ausschließlich|immer|mit)\b|\bsage? (?:nur|einfach)\b|\brépond(?:s|ez) (?:uniquement|"
    r"seulement)\b"
    r"|\bresponde (?:solo|únicamente)\b|\brispondi (?:solo|solamente)\b|\bantwoord (?:alleen|uitsluitend)\b|"
    r"\bresponda (?:apenas|somente)\b"
)
_FORGES = r"[\"']intents?[\"']\s?:"
_NEEDED = (
    word_set("""
    ignore ignoring ignorer ignorez ignora ignorate ignoren ignoriere ignorier ignorieren disregard forget overlook
    override bypass neglect abandon vergiss vergesse vergessen missachte abweichend lass lassen zaboravi zapomnij
    zapomeň забудь забудьте glem glöm unut felejtsd oublie oubliez oublier olvida olvide dimentica dimenticate
    negeer vergeet esqueça esquece
    """),
    word_set("""
    pretend roleplay role act behave imagine simulate task job goal mission longer now yourself bist agiere agieren
    fungieren fungiere tue tu spiele spiel stell actúa eres agis comportati sei gedraag bent aja
    """),
    word_set(
        "prompt prompts instruction instructions message directive directives guidelines anweisung anweisungen aufgabe"
    ),
    word_set("""
    ai artificial llm llms language gpt chatgpt prompt injection jailbreak jail anything mode restrictions filters
    censorship limitations unfiltered task tasks assignment assignments rules instruction instructions input system
    neue decode
    """),
    word_set("""
    say print write output respond answer reply return type classify set mark stop stopp repeat
    generate create generieren schreibe antworte sage sag réponds répondez responde rispondi antwoord responda
    """),
    word_set("intent intents"),
)
"""For each kind the words of which a message has one: most have none, and are done at once."""
_ORDERS = tuple(
    (words, re.compile(pattern))
    for words, pattern in zip(_NEEDED, (_FORGET, _PLAY, _REVEAL, _SPEAKS_TO_MODEL, _DICTATES, _FORGES), strict=True)
)
_MARKUP = re.compile(
    r"<\|\w{2,20}\|>|\[/?INST\]|<</?SYS>>|#{2,}\s?(?:system|instructions?|human|assistant|user|prompt)\b"
    r"|</?(?:system|assistant|instructions?|tool_call|function_call)>|\"role\"\s?:\s?\"(?:system|assistant)\"",
    re.IGNORECASE,
)
_MAY_BE_MARKUP = re.compile(r"[<\[#\"]")
_GAPS = re.compile(r"[\s\u200b-\u200f\u2060\ufeff]+")


def injection_suspected(text: str) -> bool:
    """Whether ``text`` (its first ``_LOOKED_AT`` characters) gives orders to a language model. Never raises; linear."""
    head = text[:_LOOKED_AT]
    if _MAY_BE_MARKUP.search(head) and _MARKUP.search(head):
        return True
    words = words_of(head)
    orders = [order for needed, order in _ORDERS if not words.isdisjoint(needed)]
    if not orders:
        return False
    lower = head.lower()  # IGNORECASE would cost three times as much
    flat = " ".join(lower.split()) if lower.isascii() else _GAPS.sub(" ", lower)
    return any(order.search(flat) for order in orders)
