"""Orders, charges and accounts that the customer did not make; stolen cards and identities; scams in our name."""

from __future__ import annotations

from agents.tier0_rules.vocabulary import GAP, MONEY, PAID, SHORT_GAP, Rule, rule

RULES: tuple[Rule, ...] = (
    rule(
        "fraud_suspected",
        "unauthorised",
        r"\bun ?-?authori[sz]ed\b",
        r"\b(?:did ?nt|did not|never|havent|have not|hasnt|wasnt|not) (?:\w+ )?(?:authori[sz]ed?|authori[sz]ing"
        r"|consent(?:ed)? to (?:this|that|the) (?:payment|charge))\b",
        r"\b(?:without|w/o) (?:my|our|any) (?:\w+ )?(?:permission|authori[sz]ation|authority|approval|asking)\b"
        + GAP
        + r"\b(?:card|account|charg\w+|payment|money)\b",
        r"\b(?:card|account|charg\w+|payment|money|ordered)\b"
        + GAP
        + r"\bwithout (?:my|our|any|me) (?:\w+ )?(?:permission|consent|knowledge|knowing|authori[sz]ation"
        r"|asking)\b",
    ),
    rule(
        "fraud_suspected",
        "not_made",
        r"\b(?:did ?nt|did not|never|havent|have not|dont remember|do not remember|dont recall|wasnt|was not)\b"
        r"(?! (?:\w+ )?(?:able|allowed|possible|let))"
        + SHORT_GAP
        + r"\b(?:mak(?:e|ing)|made|do|done|doing|perform(?:ed)?|initiate[d]?|carry|set ?up|approve[d]?)\b"
        + SHORT_GAP
        + rf"\b{PAID}\b(?! (?:yet|because|due|as|since|on time|go through|work))",
        r"\b(?:i|we) (?:did ?nt|did not|never) (?:do|did|authorise|approve) (?:this|that)\b",
        rf"\b(?:{PAID}|cash)\b[^.!?]{{0,60}}?\b(?:i|we|my \w+) (?:did ?nt|did not|never|have not|havent|dont remember"
        r"|do not remember|didnt ever)\b"
        + SHORT_GAP
        + r"\b(?:mak(?:e|ing)|made|do|did|done|plac(?:e|ed|ing)|approve[d]?|set ?up|withdr[ae]w|took|take"
        r"|know about)\b",
        r"\borders?\b" + GAP + r"\b(?:i|we|my \w+) (?:did ?nt|did not|never|have not|havent|dont remember)\b(?: \w+)?"
        r" (?:plac(?:e|ed|ing)|make|made|making)\b",
        r"\b(?:i|we) (?:did ?nt|did not|never|havent|have not) (?:placed?|make|made) (?:this|that|these|those"
        r"|any|such an?)"
        rf" (?:orders?|{PAID})\b",
        r"\b(?:changed|added|created|opened)\b" + GAP + r"\b(?:i|we) (?:did ?nt|did not|never) (?:do|did|change|ask)",
        r"\b(?:i|we) (?:did ?nt|did not|never|havent|have not)\b" + SHORT_GAP + r"\bwithdr[ae]w(?:n|al|als)?\b",
        r"\b(?:did ?nt|never|have never|havent ever|not) (?:bought|buy|ordered|shopped|purchased"
        r"|used)(?: anything)? (?:from|with|at|on) (?:you|your)\b",
        r"\b(?:it|this|that|which|and|but|one) (?:was ?nt|was not|isnt|is not) me\b(?! (?:being|who said"
        r"|that you))",
        r"\bnot (?:me|made by me|done by me|by me)\b(?! (?:being|who said|that you))\W*$",
        rf"\b{PAID}\b" + GAP + r"\b(?:was ?nt|was not|isnt|is not|not|arent) (?:mine|me|ours"
        r"|by me|made by me)\b",
        r"\b(?:none of us|nobody here|no ?one here|nobody in (?:this|my|our)|no ?one in (?:this|my|our)"
        r"|neither (?:i|me|of us|my))\b" + GAP + r"\b(?:made|placed|did|ordered|bought|authori[sz]ed|used)\b",
        r"\b(?:i|we) (?:have )?(?:never|never in my life) (?:heard of you"
        r"|been (?:a|your) customer|had an account with you)\b|\b(?:ive|weve|have|i|we) never heard of you\b"
        r"|\bmade by a thief\b",
        r"\b(?:order|parcel|package)\b"
        + GAP
        + r"\b(?:in|using|with|under) my (?:name|details)\b"
        + GAP
        + r"\b(?:not|never|didnt|isnt|without)\b",
        r"\b(?:for (?:something|an order|a purchase)|parcel|package) (?:that )?(?:i|we) (?:never|did ?nt"
        r"|did not) (?:order|ordered|buy|bought|make|made|place|placed)\b",
    ),
    rule(
        "fraud_suspected",
        "not_recognised",
        r"\b(?:i|we|my (?:husband|wife|partner|son|daughter|mum|mom|dad))\b (?:\w+ ){0,2}?(?:dont|do not|did ?nt"
        r"|did not|cant|cannot|can not|never|not)(?: \w+)? (?:recogni[sz]e?|recogni[sz]ing)\b",
        r"\b(?:dont|do not|cant|cannot|not|never|un) ?(?:recogni[sz]ed?)\b" + SHORT_GAP + rf"\b{PAID}\b",
        rf"\b{PAID}\b"
        + GAP
        + r"\b(?:dont|do not|did ?nt|did not|cant|cannot|not|isnt|never)(?: \w+)? recogni[sz]ed?\b",
        r"\b(?:unknown|strange|suspicious|unfamiliar|mysterious|unrecogni[sz]ed|unrecogni[sz]able|weird|dodgy"
        r"|rogue) (?:\w+ )?(?:charges?|payments?|transactions?|orders?|activity|logins?|sign ?ins?|debits?"
        r"|withdrawals?|purchases?)\b",
        rf"\b{MONEY}\b" + GAP + r"\b(?:know nothing about|have no (?:idea|clue|knowledge)"
        r"|dont know (?:anything )?about"
        r"|no knowledge of|not familiar with)\b",
        r"\b(?:flagged|marked|reported)\b" + GAP + r"\bsuspicious\b",
    ),
    rule(
        "fraud_suspected",
        "someone_else",
        r"\b(?:someone|somebody|some one|some body|anyone|thief|thieves|stranger|my ex|scammer|a person"
        r"|another person)(?: else)?(?: \w+){0,2}? "
        r"(?:used|using|uses|stole|stolen|steal|hacked|logged|log|accessed|accessing|opened|got (?:into|access"
        r"|hold)|getting into|broke into|made|making|placed|placing|withdrew|took|taken|spent|cloned|copied"
        r"|charged|ordered|bought|has access|trying to log|changed)"
        + GAP
        + r"\b(?:my|our) (?:\w+ ){0,2}?(?:cards?|account|details|name|identity|gift card|wallet|money|balance"
        r"|bank|points|information|info|credit|email)\b",
        r"\b(?:someone|somebody|some one)(?: else)? (?:has |have |had |is |s |must have )?(?:placed|made|ordered"
        r"|bought|purchased)\b"
        + SHORT_GAP
        + r"\b(?:orders?|purchases?|withdrawals?|transactions?|payments?|with my|using my|on my)\b",
        r"\b(?:cards?|account|details) (?:was|is|were|has been|have been|is being|being"
        r"|got)(?: \w+)? used\b(?! to (?:seeing|it))"
        + GAP
        + r"\b(?:not me|wasnt me|without|by someone|by somebody|somewhere|strange|purchases?|not by me|after)\b",
        r"\bcards? (?:was |has been |is being |being |got |were )?(?:used|charged) (?:without|fraudulently"
        r"|by (?:someone|somebody))\b",
        r"\bwho (?:took|used|has)\b" + SHORT_GAP + r"\bmy (?:money|card|account)\b",
        r"\blate (?:father|mother|husband|wife|mum|mom|dad)s card\b",
    ),
    rule(
        "fraud_suspected",
        "stolen",
        r"\b(?:stolen|cloned|skimmed|hijacked) (?:\w+ )?(?:cards?|credit|debit|identity|wallet|account|details"
        r"|gift cards?|purse|bank)\b",
        r"\b(?:cards?|identity|wallet|purse|account|details|points|gift card(?: balance)?|pin|password"
        r"|data)\b (?:\w+ ){0,3}?(?:stolen|compromised|cloned|skimmed|hijacked|taken over|leaked|drained|emptied"
        r"|hacked)\b",
        r"\b(?:stole|cloned|steals?|drained|copied) (?:my|our) (?:\w+ )?(?:cards?|identity|wallet|money|account"
        r"|details|points|balance|information)\b",
        r"\bidentity (?:theft|thief|fraud)\b|\baccount take ?over\b|\bcompromised\b",
        r"\bhack(?:ed|er|ers)\b|\bhacking (?:my|our|of)\b",
        r"\bpassword (?:was|has been|got) changed\b" + GAP + r"\b(?:not|didnt|never)\b",
        negatable=True,
    ),
    rule(
        "fraud_suspected",
        "fraud_or_scam",
        r"\bfraud(?:s|ster|sters|ulent|ulently|ers?)?\b",
        r"\bscam(?:s|med|mer|mers|ming)?\b",
        r"\bphish\w*\b|\bspoof(?:ed|ing)?\b|\bimpersonat\w+\b|\bpretend(?:s|ed|ing)? (?:to be|hes|shes|theyre"
        r"|he is) (?:\w+ )?(?:you|from you)\b",
        r"\b(?:claim\w*|saying|said|says|pretend\w*) (?:to be |he ?s |hes |she ?s |shes |they ?re |to work "
        r"|to be calling )(?:from|for|with) your (?:company|team|shop|store|bank)\b",
        r"\b(?:text|sms|e ?-?mail|message|call)\b"
        + SHORT_GAP
        + r"\b(?:parcel|package|delivery)\b"
        + GAP
        + r"\bpay\b[^.!?]{0,40}[.,]?[^.!?]{0,30}\bis (?:that|this|it) (?:you|real|genuine|from you)\b",
        r"\b(?:fake|bogus|copycat) (?:\w+ )?(?:website|site|e ?-?mails?|texts?|sms|call|calls|caller|shop|store"
        r"|delivery message)\b" + GAP + r"\b(?:your|you|asking|asked|money|card|paid|pay)\b",
        r"\b(?:asking|asked|asks) (?:me )?for (?:my |an? |the )?(?:otp|pin|cvv|card number|bank details"
        r"|card details|password)\b",
        r"\b(?:otps?|codes?|passcodes?)\b"
        + SHORT_GAP
        + r"\b(?:i )?(?:did ?nt|did not|never|havent) (?:ask|request)\w*\b",
        r"\blog ?in from (?:another|a different|an unknown) (?:country|device|city|location)\b",
        negatable=True,
    ),
)
