"""Wording that only looks like an escalation: other senses of a word, and negation."""

from __future__ import annotations

import re

HARMLESS = re.compile(
    "|".join(
        f"(?:{pattern})"
        for pattern in (
            # electricity, not payments
            r"\b(?:battery|batteries|usb|fast|wireless|solar|phone|laptop|earbuds?|case|device|watch|scooter|it"
            r"|them|up|hold|holds|holding|wont|doesnt|dont) (?:\w+ ){0,2}?charge back (?:up|to|on|again|fully"
            r"|from)\b",
            r"\bcharge back (?:up|to (?:\d|full)|again|fully)\b",
            # people and things that share a word with the law
            r"\b(?:mum|mom|mother|dad|father|daughter|son|wife|husband|sister|brother|friend|boyfriend"
            r"|girlfriend|cousin|aunt|uncle|boss|niece|nephew|fiancee?|partner)s? (?:is|was|works as|just became"
            r"|studies to be|wants to be|became) (?:\w+ ){0,2}?(?:lawyer|attorney|solicitor|barrister|judge)\b",
            r"\b(?:gift|present|mug|bag|briefcase|suit|desk|chair|outfit|costume|card"
            r"|book) (?:\w+ ){0,2}?for (?:\w+ ){0,2}?(?:lawyers?|attorneys?|solicitors?|barristers?)\b(?! (?:to"
            r"|about))",
            r"\b(?:lawyer|attorney|solicitor|barrister)s? (?:bag|briefcase|mug|costume|suit|gift|wig|bookcase"
            r"|bookcases)\b",
            r"\b(?:better call|movie|film|show|novel|book|series) (?:\w+ ){0,3}?(?:lawyer|attorney|court"
            r"|lawsuit)\b",
            r"\bpower of attorney\b",
            r"\blegal (?:size|pad|pads|paper|age|tender|name|holiday|document|documents)\b",
            r"\b(?:tennis|basketball|badminton|squash|food|volleyball|pickleball|netball|garden|indoor|outdoor"
            r"|clay|hard|padel) courts?\b",
            r"\b(?:to|in|on|at|through) (?:the )?(?:\w+ )?courts? (?:shoes?|road|street|lane|yard|house|hotel"
            r"|flat|apartment)\b",
            # violence in a manner of speaking
            r"\b(?:would|will|wont|wouldnt) (?:it|that) (?:kil+|hurt) (?:you|u)\b",
            r"\b(?:not|wont|wouldnt|doesnt|doesn t) (?:kil+|hurt|harm) (?:you|u|your|him|her|them)\b",
            r"\bshoot (?:you|u|me|us|him|her|them|over|across) (?:over )?(?:a|an|the|some|another|my|off"
            r"|your)? ?(?:e ?-?mail|message|mail|line|text|dm|note|photo|picture|pic|question|reply|quote)s?\b",
            r"\b(?:photo|video) shoot\b|\bphotoshoot\b",
            r"\bhit (?:you|u|me|us) (?:up|back)\b",
            r"\bbeat (?:your|their|the|that|this|any) (?:\w+ )?(?:price|prices|quote|offer|deal|traffic|rush"
            r"|heat)\b",
            r"\bbath bombs?\b|\b(?:glue|massage|nerf|water|toy|heat|staple|nail|spray|caulk|bubble|laser"
            r"|grease) guns?\b|\bknife (?:set|block|sharpener)\b|\b(?:baseball|cricket|toy) bat\b",
            r"\b(?:with|have|got|bring) a (?:knife|bat)\b(?= (?:set|and fork|that|which|missing|handle|block))",
            r"\bwith (?:a|the) knife\b",
            r"\bkil+(?:ing)? (?:it|myself laughing|weeds?|germs?|bacteria|time|me|bugs?|ants?|mould|mold|ants)\b",
            # warnings from elsewhere, and words inside product or team names
            r"\b(?:no|not a|isnt a|isnt|not) (?:scam|fraud)\b",
            r"\b(?:legit|genuine|real|trusted|safe|authentic)(?: \w+)? or (?:a |is it a |just a |some )?(?:scam"
            r"|fraud|fake)\b",
            r"\bfraud (?:alerts?|prevention|protection|checks?|filters?|detection|screening)\b(?: from my bank)?",
            r"\b(?:life|space|growth|kitchen|beauty|travel|money|storage) hack(?:s|ed|ing)?\b|\bhackathon\b",
            r"\bcompromised (?:quality|packaging|package|box|seal|on|immune|immunity|skin)\b|\b(?:seal|packaging"
            r"|box|package|quality|immune system|structure|taste) (?:is|was|were|has been|looks?|appears?|seems?"
            r"|being)(?: \w+)? compromised\b",
            r"\bprivacy (?:policy|screen|screens|glass|film|curtain|curtains|fence|filter|blinds?)\b",
            r"\b(?:delete|remove) (?:\w+ ){0,3}?(?:item|product|address|card|order|photo|comment|review"
            r"|post)s? (?:\w+ ){0,3}?(?:from|in|on) (?:my|our|the) (?:account|profile)\b",
            r"\bnot (?:mine|me) to\b",
        )
    )
)
"""Wording that shares words with a rule and means something else; blanked out before the rules read."""

NEGATION = re.compile(
    r"(?:\b(?:no|not)|\bno need (?:for|of|to)|\bnot (?:a|an|any|about|filing|making|threatening|talking about)"
    r"|\b(?:not|isnt|arent|aint) (?:going|planning|looking|trying|here|intending|wanting) to(?: (?:file|open"
    r"|start|do|make|take|involve|hire|call|get|go|any))?"
    r"|\b(?:isnt|wasnt) (?:a|an|any|about)|\bnever (?:filed|opened|made|started|asked for|wanted|said)"
    r"|\b(?:wont|will not|would never|wouldnt|would not)(?: (?:file|open|start|do|make|take|be|ever|involve|hire))?"
    r"|\b(?:nothing to do with|rather than|instead of)(?: going| filing| doing)?"
    r"|\b(?:dont|do not|didnt|did not) (?:want to|need to|need|want|intend to|plan to|mean to)(?: (?:file|open"
    r"|start|do|make|take|involve|hire|call|get))?)"
    r"(?: (?:a|an|any|the|your|my|this|to|of|it))?(?: (?:a|an|any|the|you))? ?$"
)
"""What, right before a negatable match, undoes it ..."""

BUT = re.compile(r"[^.!?]{0,80}?\b(?:but|unless|if|until|yet|however|otherwise|or)\b")
"""... unless it goes on like this: "I do not want to sue you, but ..." is a threat."""
