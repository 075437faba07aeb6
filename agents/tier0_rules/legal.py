"""Lawyers, courts, regulators and consumer authorities, involved or threatened; claims that a law was broken."""

from __future__ import annotations

from agents.tier0_rules.vocabulary import GAP, SHORT_GAP, Rule, rule

RULES: tuple[Rule, ...] = (
    rule(
        "legal_threat",
        "lawyer",
        r"\b(?:lawyers?|attorneys?|solicitors?|barristers?|law firm|legal (?:counsel|team|representatives?"
        r"|department))\b",
        r"\b(?:my|our|an|through|consult(?:ed|ing)?) advocate\b",
        r"\bact(?:ing)? (?:for|on behalf of) (?:our|my) client\b",
        negatable=True,
    ),
    rule(
        "legal_threat",
        "legal_action",
        r"\blegal (?:action|advice|proceedings?|steps?|notice|route|recourse|remed(?:y|ies)|case|matter|means"
        r"|measures|consequences|rights|claim|help)\b",
        r"\b(?:pursue|take|handle|fight|settle|resolve)\b" + SHORT_GAP + r"\blegally\b",
        r"\b(?:take|seek|get|go|going|taking|getting) legal\b",
        negatable=True,
    ),
    rule(
        "legal_threat",
        "sue",
        r"\b(?:suing|sued)\b",
        r"\b(?:sue|sew) (?:you|u|ur|your|them|the (?:company|shop|store|seller)|this company|for)\b",
        r"\b(?:will|ill|well|gonna|can|could|should|shall|might|may|must) (?:\w+ )?sue\b",
        r"\b(?:going|want|have|ready|need|decided|entitled|right|plan\w*|intend|prepared|happy"
        r"|threaten\w*) to sue\b",
        r"\blaw ?suits?\b",
        r"\bclass action\b",
        r"\blitigat\w+\b",
        negatable=True,
    ),
    rule(
        "legal_threat",
        "court",
        r"\b(?:small claims|(?:county|consumer|civil|district|federal|magistrates?|high) court)\b",
        r"\b(?:to|in|through|before) (?:the |a )?courts?\b(?! shoes)",
        r"\bcourt (?:action|case|proceedings?|order|claim|summons|papers|date)\b",
        r"\b(?:in|before|to) front of a judge\b|\bin front of (?:a|the) (?:judge|magistrate)\b",
        r"\b(?:served|serve you)\b" + SHORT_GAP + r"\bpapers\b",
        r"\bletter before (?:action|claim)\b",
        r"\bcease (?:and|&) desist\b",
        r"\bsubpoena\b|\bstatutory demand\b|\bon notice\b",
        negatable=True,
    ),
    rule(
        "legal_threat",
        "authority",
        r"\btrading standards?\b",
        r"\bbetter business bureau\b|\bbbb\b",
        r"\battorney generals?\b|\bombudsm[ae]n\b",
        r"\b(?:report|reported|reporting|complain\w*|complaint|contact\w*|write|inform\w*|tell)\b"
        + GAP
        + r"\b(?:ftc|fca|accc|cfpb|asa|fda|cci|regulators?|authorities|advertising standards(?: authority)?"
        r"|government)\b",
        r"\bconsumer (?:forum|court|protection|rights?|help ?line|affairs|complaints?|council|commission"
        r"|association|cell)\b",
        r"\b(?:consumer|sale of goods|fair trading) (?:rights )?act\b",
        r"\b(?:police|fir)\b" + SHORT_GAP + r"\b(?:against you|against your|case against|complaint against)\b",
        r"\b(?:report you|reporting you|go|going|went|take (?:this|it)|call|calling) to (?:the )?police\b"
        r"|\bcall(?:ing)? the (?:police|cops)\b",
        r"\bpolice (?:complaint|case)\b|\bcyber ?(?:crime|cell)\b",
    ),
    rule(
        "legal_threat",
        "unlawful",
        r"\b(?:illegal|unlawful|against the law|breaks? the law|breaking the law|violat\w+ (?:\w+ )?(?:law"
        r"|rights|consumer))\b",
        r"\bbreach of (?:contract|trust|consumer|warranty|the)\b",
        r"\bfalse advertis\w+\b|\bmisleading advertis\w+\b",
        r"\b(?:trademark|copyright|patent)s?\b" + SHORT_GAP + r"\b(?:infring\w+|violat\w+)\b|\binfring\w+\b"
        r"|\bdmca\b",
        r"\bhold you\b" + SHORT_GAP + r"\b(?:liable|accountable|responsible)\b",
        r"\bcompensat\w+\b" + SHORT_GAP + r"\b(?:damages?|injur\w+|suffering|distress)\b",
        negatable=True,
    ),
)
