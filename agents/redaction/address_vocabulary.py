"""The words that addresses are made of, as parts of patterns."""

from __future__ import annotations

import re
from typing import Final

_WORD = re.compile(r"[^\W\d_]+")


def _any(words: str) -> str:
    return "|".join(words.split())


def first_words(pattern: str) -> frozenset[str]:
    """The words (lower case) with one of which a match of ``pattern``, alternatives side by side, begins."""
    return frozenset(found.group() for each in pattern.split("|") if (found := _WORD.match(each)))


STREET_SURE: Final = _any("""
street streets avenue avenues boulevard road roads lane drive parkway pkwy blvd highway turnpike expressway freeway
crescent terrace st rd ave dr ln
""")
"""Alone enough behind capitalised words: "Inna Loop St."."""

STREET: Final = (
    STREET_SURE
    + "|"
    + _any("""
av court ct place pl way ter trwy hwy circle cir square sq close cres garden gardens grove mews hill hills rise row
walk loop trail trl alley aly plaza path pike route cross colony nagar layout bypass quay wharf bend bay cove creek
crossing estate estates gateway glen heights hts island junction knoll landing manor meadow meadows mill mount
orchard oval park point pointe ridge river run shore shores spring springs station summit trace track valley view
village vista walkway common green gate causeway chase drove end fields parade pass passage promenade drives straße
strasse str weg platz allee gasse
""")
)
"""Behind a number: "12 Oak Ridge"."""

SUFFIXES: Final = _any("""
straße strasse strase weg gasse platz allee ring damm ufer steig graben hof katu tie polku vägen gatan gata vej gade
allé veien vegen gaten stien braut straat laan plein kade gracht dreef baan singel stræde torv stígur vegur
""")
SUFFIX: Final = rf"\w{{2,20}}(?:{SUFFIXES}|str\.|str(?=[ \t]\d))"
"""Ends of words that are streets: "Hauptstraße"."""

PREFIX: Final = (
    r"rue|avenue|boulevard|bd|place|chemin|allée|impasse|quai|route|cours|via|viale|piazza|corso|largo|vicolo|"
    r"strada|calle|"
    r"c/|avda\.?|avenida|av\.|plaza|paseo|carrera|rua|r\.|travessa|estrada|praça|ul\.?|ulica|aleja|al\.|os\.|ulice|"
    r"náměstí|nám\.|str\.|bulevar|bulevardul|leoforos|odos"
)
BEHIND: Final = r"utca|u\.|út|tér|körút|kapu|sor|u(?=[ \t]\d)"
"""Hungarian: the kind of street stands between its name and its number."""

UNIT: Final = (
    r"apt\.?|apartment|suite|ste\.?|unit|flat|floor|fl\.|room|rm\.?|building|bldg\.?|block|lot|house|piso|etage|"
    r"étage|door|"
    r"tower|wing|p\.?o\.? ?box|post office box|postfach|bp|box"
)
STATES: Final = _any("""
al ak az ar ca co ct de fl ga hi id il in ia ks ky la me md ma mi mn ms mo mt ne nv nh nj nm ny nc nd oh ok or pa ri sc
sd tn tx ut vt va wa wv wi wy dc pr aa ae ap on qc bc ab mb sk ns nb nl pe nsw vic qld tas
""")
STATE_NAMES: Final = (
    _any("""
alabama alaska arizona arkansas california colorado connecticut delaware florida georgia hawaii idaho illinois indiana
iowa kansas kentucky louisiana maine maryland massachusetts michigan minnesota mississippi missouri montana nebraska
nevada ohio oklahoma oregon pennsylvania tennessee texas utah vermont virginia washington wisconsin wyoming ontario
quebec alberta manitoba saskatchewan queensland victoria tasmania
""")
    + r"|new[ \t](?:hampshire|jersey|mexico|york)|(?:north|south)[ \t](?:carolina|dakota)|west[ \t]virginia"
    r"|rhode[ \t]island|british[ \t]columbia|nova[ \t]scotia|new[ \t]south[ \t]wales"
)
COUNTRIES: Final = _any("""
usa us u\\.s\\.a\\. uk england scotland wales ireland canada australia germany deutschland france spain españa italy
italia portugal netherlands belgium austria österreich switzerland schweiz sweden sverige norway norge denmark
danmark finland iceland poland polska hungary romania bulgaria greece cyprus croatia slovenia slovakia serbia
estonia latvia lithuania ukraine russia turkey israel india pakistan china japan korea singapore malaysia indonesia
philippines thailand vietnam mexico brazil brasil argentina chile colombia peru uruguay egypt morocco tunisia
nigeria kenya greenland luxembourg malta
""") + (
    r"|united[ \t](?:states(?:[ \t]of[ \t]america)?|kingdom|arab[ \t]emirates)|new[ \t]zealand|south[ \t](?:africa|"
    r"korea)|"
    r"equatorial[ \t]guinea|cayman[ \t]islands|czech[ \t]republic|saudi[ \t]arabia|hong[ \t]kong|sri[ \t]lanka|"
    r"costa[ \t]rica|faroe[ \t]islands"
)
ZIP: Final = (
    r"\d{5}(?:-\d{4})?|\d{4}-\d{3}|\d{4}[ ]?[A-Z]{2}|[A-Z]{1,2}\d[A-Z\d]?[ ]?\d[A-Z]{2}|[A-Z]\d[A-Z][ ]?\d[A-Z]\d|"
    r"\d{3}[ ]\d{2}|\d{2}-\d{3}|\d{9}|\d{4,6}|[A-Z]{1,2}-\d{4,6}"
)
