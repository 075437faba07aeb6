"""Disputes of a payment at the bank, the card issuer or the payment service."""

from __future__ import annotations

from agents.tier0_rules.vocabulary import BANK, GAP, MONEY, SHORT_GAP, Rule, rule

RULES: tuple[Rule, ...] = (
    rule(
        "chargeback_dispute",
        "chargeback",
        r"\bcharge[ -]?backs?\b",
        r"\bcharging (?:it |this |the \w+ )?back\b",
        negatable=True,
    ),
    rule(
        "chargeback_dispute",
        "dispute",
        r"\bdisput(?:e|es|ed|ing)\b" + GAP + rf"\b(?:{MONEY}|{BANK}|card|claim|refund|seller|merchant|it)\b",
        rf"\b(?:{MONEY}|{BANK}|card)\b" + GAP + r"\bdisput(?:e|es|ed|ing)\b",
        r"\b(?:open|opened|opening|file|filed|filing|raise|raised|raising|start|started|win|lodge|lodged"
        r"|notice of|in) (?:\w+ ){0,2}?disputes?\b",
        r"^\W*disputes?\b",
        negatable=True,
    ),
    rule(
        "chargeback_dispute",
        "bank_reversal",
        rf"\b{BANK}\b"
        + GAP
        + r"\b(?:reverse|reversed|reversal|claw|clawed|pull|pulled|take|taken|get|stop)\b"
        + SHORT_GAP
        + rf"\b(?:{MONEY} back|the {MONEY}|this {MONEY}|my {MONEY}|it back|back from you|reversed)\b",
        r"\b(?:reverse|reversed|reversal of|claw back|pull back)\b"
        + SHORT_GAP
        + rf"\b{MONEY}\b"
        + SHORT_GAP
        + rf"\b(?:through|with|via|from|at|by) (?:my |the )?{BANK}\b",
        r"\b(?:payment|charge) reversal\b" + SHORT_GAP + rf"\b{BANK}\b",
        rf"\b{BANK}\b" + GAP + r"\b(?:amount|payment|transaction|charge|money)\b" + SHORT_GAP + r"\breversed\b",
        negatable=True,
    ),
    rule(
        "chargeback_dispute",
        "payment_case",
        r"\b(?:paypal|pay pal|klarna|clearpay)\b"
        + SHORT_GAP
        + r"\b(?:case|claim|resolution cent(?:re|er)|complaint)\b",
        r"\b(?:case|claim)\b" + SHORT_GAP + rf"\b(?:with|through|via|on|in|at) (?:my |the )?{BANK}\b",
        r"\bescalat\w+\b" + SHORT_GAP + r"\bpay ?pal\b",
        r"\b(?:bank|banks|card company|card provider|issuer|they)\b" + GAP + r"\b(?:opened|open|raised"
        r"|started) an? (?:case|claim|investigation against)\b",
        r"\bsection 75\b",
        r"\bdirect debit (?:indemnity|guarantee)\b",
        r"\bbuyer protection (?:claim|case)\b",
        r"\bretrieval request\b",
        r"\bs75\b",
    ),
)
