"""Values that a customer could write and that must appear in no log."""

FORMATTED = {
    "e-mail address": "canary.person@canarymail.example",
    "spoken e-mail address": "canary dot person at gmail dot com",
    "international phone": "+49 711 5550199",
    "phone": "(415) 555-0199",
    "grouped phone": "415-555-0198",
    "phone of a city": "020 7946 0958",
    "card": "4111 1111 1111 1111",
    "card in one piece": "5500005555555559",
    "iban": "DE89 3704 0044 0532 0130 00",
    "tracking number": "1Z999AA10123456784",
    "national number": "123-45-6789",
    "link": "https://shop.example/t?customer=canary",
    "folded card": "４１１１ １１１１ １１１１ １１１１",
}
"""By kind: the second net knows them by their form."""

UNFORMATTED = "Quixote Canarybird of Windmill Lane"
"""No form tells that it is personal: only what is never written stays out of a log."""
