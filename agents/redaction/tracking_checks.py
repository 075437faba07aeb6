"""Check digits of the carriers' numbers, as they publish them (collected in jkeen/tracking_number_data)."""

from __future__ import annotations

from itertools import cycle

from stdnum import luhn

_S10_WEIGHTS = (8, 6, 4, 2, 3, 5, 9, 7)
_FEDEX_WEIGHTS = (3, 1, 7, 3, 1, 7, 3, 1, 7, 3, 1)
_OLD_DOMINION = ("072", "777", "778", "780", "80")


def is_s10(serial: str, check: str) -> bool:
    """Whether ``check`` is the check digit of ``serial`` (8 digits) by UPU standard S10."""
    digit = 11 - sum(w * int(d) for w, d in zip(_S10_WEIGHTS, serial, strict=True)) % 11
    return {10: 0, 11: 5}.get(digit, digit) == int(check)


def is_ups(number: str) -> bool:
    """Whether ``number`` (digits and capital letters, without "1Z" or with the letter of a waybill left out) ends with
    its check digit; a letter counts as the digit that UPS gives it."""
    return _mod10([int(c) if c.isdigit() else (ord(c) - 3) % 10 for c in number], 2)


def is_plain_number(digits: str) -> bool:
    """Whether ``digits`` alone are a number of FedEx (12 or 15 digits), Purolator (12) or Old Dominion (11), by their
    check digits: one other number in seven of these lengths passes too."""
    if len(digits) == 12:
        fedex = sum(w * int(d) for w, d in zip(_FEDEX_WEIGHTS, digits, strict=False)) % 11 % 10 == int(digits[-1])
        return fedex or (digits[0] in "012345" and luhn.is_valid(digits))
    if len(digits) == 15:
        return _mod10(list(map(int, digits)), 3)
    return len(digits) == 11 and digits.startswith(_OLD_DOMINION) and luhn.is_valid(digits)


def _mod10(values: list[int], odd_weight: int) -> bool:
    """Whether the last value makes the sum, every second one weighted, a multiple of ten."""
    *serial, check = values
    total = sum(weight * value for weight, value in zip(cycle((1, odd_weight)), serial, strict=False))
    return -total % 10 == check
