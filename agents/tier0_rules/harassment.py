"""Threats of violence, abuse and harassment, by customers or by our own people; words of self-harm."""

from __future__ import annotations

from agents.tier0_rules.vocabulary import GAP, PEOPLE, PLACE, SHORT_GAP, STAFF, WILL, Rule, rule

RULES: tuple[Rule, ...] = (
    rule(
        "harassment_threats",
        "violence",
        rf"\b(?:{WILL}|to|lets|should|gotta) (?:\w+ ){{0,3}}?(?:kil+|murder|shoot|stab|strangle|hurt|harm|beat"
        rf"|punch|smash|attack|slap|hang|bomb|burn|destroy|bash|hit|choke|behead|rape"
        rf"|torture) (?:\w+ ){{0,2}}?{PEOPLE}\b",
        rf"\b(?:bomb|burn(?:ing)?|torch|blow(?:ing)? up|smash(?:ing)?(?: up)?|trash|set fire to|shoot(?:ing)? up"
        rf"|break|attack(?:ing)?) (?:\w+ ){{0,2}}?{PLACE}\b",
        r"\bbreak (?:\w+ ){0,2}?(?:legs?|neck|bones|face|nose|arms?|teeth|every window)\b",
        r"\bsmash (?:\w+ )?(?:face|head)\b|\bslash\b" + SHORT_GAP + r"\btyres?\b|\bslash\b" + SHORT_GAP + r"\btires\b",
        r"\b(?:leaving|leave|end up) in an? (?:ambulance|coffin|body bag)\b",
        r"\b(?:someone|somebody|you|people|they|he|she)(?: will| is going to| are going to|s going to| gonna"
        r"|ll)? (?:get|end up|be) (?:hurt|killed|shot|dead)\b",
        r"\bkil+ you\b|\bkil+ u\b|\byou(?:re| are) dead\b|\bdead man\b",
        negatable=True,
    ),
    rule(
        "harassment_threats",
        "menace",
        r"\bknow where (?:\w+ ){0,3}?(?:lives?|works?|sleeps?|office is|house is|family is|kids)\b",
        rf"\b(?:{WILL}|we) (?:find|come (?:for|after)|coming (?:for|after)|hunt|track down|get) (?:you"
        rf"|u)\b(?! (?:on|online|in|at|a|an|the|some|to))",
        r"\bcom(?:e|ing) (?:for|after) (?:you|u)\b",
        r"\bwatch (?:your|ur) back\b|\bwatch yourself\b|\bsleep with one eye\b",
        r"\b(?:you|u)(?: all| people| guys)? ?(?:will|ll|are going to|gonna)(?: all)? (?:regret|suffer"
        r"|pay for (?:this|that|what))\b",
        rf"\b{WILL} make (?:you|u|them|sure you|your) (?:\w+ )?(?:pay|suffer|regret|life hell)\b",
        r"\bpay\b" + SHORT_GAP + r"\b(?:with|in) blood\b|\bmake (?:your|ur) life (?:a )?(?:hell|misery)\b",
        r"\b(?:you|u)(?: people)?(?: will not| wont| should(?: all)?) be (?:safe|afraid|scared)\b|\bwont be safe\b",
        r"\bhome address of\b|\b(?:agents?|staffs?|employees?|managers?) home address\b|\bdoxx?(?:ed|ing)?\b",
        r"\b(?:post|publish|leak)\b"
        + SHORT_GAP
        + r"\b(?:your|employees|staff)\b"
        + SHORT_GAP
        + r"\b(?:personal details|address(?:es)?|phone numbers)\b",
        r"\bwaiting for (?:him|her|you|them) outside\b|\b(?:death|bomb) threats?\b",
        r"\b(?:theres a|planted a|there is a|have a|got a|bring(?:ing)? a|with a|carry(?:ing)? a|get my"
        r"|bring(?:ing)? my) (?:bomb|gun|knife|weapon|machete|bat)\b",
        r"\bsee what (?:happens|i (?:can|will|could) do|im capable)\b",
        r"\b(?:ruin|destroy) (?:you|u|your (?:life|family))\b",
        negatable=True,
    ),
    rule(
        "harassment_threats",
        "abuse",
        r"\bkys\b|\bkil+ (?:yourself|urself|yourselves)\b|\bgo (?:and )?die\b|\bdrop dead\b|\brot in hell\b"
        r"|\bgo to hell\b",
        r"\bhope (?:you|u|your|they|he|she)\b" + GAP + r"\b(?:die|dies|suffers?|burns?|rots?|cancer|killed)\b",
        r"\bdeserve to (?:die|be (?:shot|hanged|killed|beaten)|burn|suffer|rot)\b|\bshould be (?:hanged|shot"
        r"|put down|killed|beaten)\b",
        r"\b(?:fuck|f\*+k|f\*+|fck|fuk|screw) (?:you|u|off|ur|your|y'all)\b",
        r"\b(?:you|u|ur|youre|your)(?: (?:are|r|all|guys|people|a|an|the|bunch|of|fucking|f\*+ing|stupid"
        r"|worthless|filthy|dumb|lying|piece)){0,5}"
        r" (?:bitch(?:es)?|cunts?|bastards?|scum|assholes?|arseholes?|motherfuckers?|idiots?|morons?|retards?"
        r"|whores?|sluts?|pigs?|shits?|piece of (?:shit|trash|crap))\b",
        r"\b(?:bitch|cunt|nigger|faggot|paki|motherfucker|madarchod|bhenchod|chutiya)\b",
    ),
    rule(
        "harassment_threats",
        "staff_conduct",
        rf"\b{STAFF}\b[^.!?]{{0,60}}?\b(?:threaten\w*|harass\w*|assault\w*|abus\w+|racist|racial\w*|sexual\w*"
        rf"|sexist|insult\w*|yell\w*|shout\w*|scream\w*|swore|swearing|stalk\w*|hit me|pushed|groped"
        rf"|creepy|obscene|lewd|vulgar|molest\w*|intimidat\w*|called (?:me|my \w+) (?:a|an|names)|flash\w* me"
        rf"|followed me|force his way)\b",
        r"\b(?:harass(?:ed|ing|ment)?|assaulted|molested|groped|stalk(?:ed|ing)) (?:me|us|my|by)\b"
        r"|\bharass(?:ment|ing|ed)?\b",
        r"\bthreaten(?:ed|ing|s)? (?:me|us|my|her|him|to (?:hit|hurt|beat|kill|slap))\b|\b(?:verbal|sexual"
        r"|physical|racial) (?:abuse|assault|harassment|violence)\b",
        r"\b(?:he|she|they) (?:\w+ )?(?:shouted|screamed|yelled|swore|spat) (?:\w+ )?(?:at me|at us|abuse"
        r"|insults)\b|\bshout\w* abuse\b",
        rf"\b{STAFF}\b" + SHORT_GAP + r"\b(?:keeps?|kept|has been|been) (?:text|call|messag|contact"
        r"|follow)\w+ me\b",
        r"\bracist\b|\bfe(?:el|lt) (?:unsafe|threatened)\b",
        negatable=True,
    ),
    rule(
        "harassment_threats",
        "self_harm",
        r"\bsuicid\w+\b",
        r"\b(?:want|going|gonna|might|thinking|thought|will|ill|feel like)\b"
        + SHORT_GAP
        + r"\b(?:kil+|hurt|harm)(?:ing)? myself\b",
        r"\bend(?:ing)? (?:my (?:own )?life|it all)\b|\btake my (?:own )?life\b",
        r"\b(?:dont|do not|no longer) want to (?:live|be alive|be here any ?more)\b|\bwant to die\b"
        r"|\bno reason to live\b",
    ),
)
