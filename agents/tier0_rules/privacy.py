"""Requests about personal data: erase it, show it, stop sharing it."""

from __future__ import annotations

from agents.tier0_rules.vocabulary import SHORT_GAP, Rule, rule

RULES: tuple[Rule, ...] = (
    rule(
        "privacy_request",
        "erase",
        r"\b(?:delete|erase|remove|wipe|purge|destroy|deletion of|erasure of|removal of|deleting|removing"
        r"|erasing|deleted|erased|removed)\b(?: \w+){0,3}? (?:personal |customer |user |my |our |private "
        r"|all )(?:\w+ )?(?:data|info|informations?|records|profile)\b",
        r"\b(?:delete|erase|wipe|remove|deleting|deletion of|removal of) (?:\w+ ){0,2}?(?:my|our|the|this"
        r"|user) (?:\w+ ){0,2}?accounts?\b",
        r"\b(?:account|data|profile) (?:be )?(?:deletion|erasure|deleted|erased|removal)\b",
        r"\b(?:my|our) (?:\w+ ){0,2}?(?:data|personal information|details|profile"
        r"|account) (?:\w+ ){0,3}?(?:deleted|erased|removed|wiped)\b",
        r"\b(?:delete|erase|remove|wipe)\b"
        + SHORT_GAP
        + r"\b(?:everything|all|anything|whatever|details|me)\b"
        + SHORT_GAP
        + r"\b(?:about me|on me|from your (?:system|systems|database|records|servers))\b",
        r"\bforget me\b|\bright to (?:be forgotten|erasure|deletion|delete|access|rectification)\b",
    ),
    rule(
        "privacy_request",
        "access",
        r"\b(?:subject access|data (?:subject|access|portability)|dsar|sar) (?:request|access)\b|\bdsar\b"
        r"|\bsubject access\b",
        r"\b(?:copy|export|download|access|list|disclosure)\b"
        + SHORT_GAP
        + r"\b(?:my|the|all|any|personal) (?:\w+ )?(?:data|personal information|information you)\b",
        r"\b(?:data|information|info|details)\b"
        + SHORT_GAP
        + r"\b(?:you|your company|your shop) (?:\w+ )?(?:hold|holds|keep|keeps|store|stores|collect|collects"
        r"|collected|have) (?:\w+ )?(?:about|on|of) (?:me|us)\b",
        r"\bwhat\b"
        + SHORT_GAP
        + r"\b(?:data|information|info)\b"
        + SHORT_GAP
        + r"\b(?:hold|keep|store|collect|have|process)\b",
    ),
    rule(
        "privacy_request",
        "law_or_consent",
        r"\bgdpr\b|\bccpa\b|\bcpra\b|\bdpdp\b|\bdata protection\b|\bdata privacy\b|\binformation commissioner\b"
        r"|\bico\b",
        r"\bdo not sell\b|\bdont sell my\b|\bsell(?:ing)? my (?:\w+ )?(?:data|information|info|details)\b",
        r"\b(?:shar(?:e|ed|ing)|leak(?:ed|ing)?|sold|gave|given out|passed on|disclosed)\b"
        + SHORT_GAP
        + r"\bmy (?:\w+ )?(?:data|personal (?:information|details|info)|details|information|address|phone number)\b"
        + SHORT_GAP
        + r"\b(?:to|with|without)\b",
        r"\bwithdraw(?:ing)? (?:my )?consent\b|\bstop processing my\b|\bdata (?:breach|leak)\b",
        r"\bprivacy (?:officer|request|rights?|complaint|violation|breach|concerns?)\b|\b(?:violat\w+"
        r"|invasion of|breach of) (?:my |our )?privacy\b",
    ),
)
