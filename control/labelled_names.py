"""What other data sets call the kinds of personal data that have a placeholder here."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

from agents.redaction import Label

_OTHER_NAMES: Final[Mapping[Label, str]] = {
    Label.EMAIL: "EMAIL_ADDRESS E_MAIL MAIL",
    Label.PHONE: "PHONE_NUMBER TELEPHONE TELEPHONE_NUMBER PHONENUMBER TEL MOBILE FAX FAX_NUMBER",
    Label.CARD: "CREDIT_CARD CREDIT_CARD_NUMBER CREDITCARD CREDITCARDNUMBER CARD_NUMBER DEBIT_CARD PAYMENT_CARD",
    Label.IBAN: "IBAN_CODE IBAN_NUMBER",
    Label.NATIONAL_ID: "US_SSN SSN SOCIAL_SECURITY_NUMBER SOCIALNUM US_ITIN US_DRIVER_LICENSE DRIVER_LICENSE "
    "DRIVERS_LICENSE DRIVERLICENSE US_PASSPORT PASSPORT PASSPORT_NUMBER ID_CARD IDCARD ID_NUMBER NATIONAL_ID_NUMBER "
    "GOVERNMENT_ID TAX_ID TAXNUM UK_NHS UK_NINO ES_NIF ES_NIE IT_FISCAL_CODE IT_DRIVER_LICENSE IT_IDENTITY_CARD "
    "IT_PASSPORT PL_PESEL AU_TFN AU_MEDICARE IN_AADHAAR IN_PAN IN_PASSPORT IN_VOTER FI_PERSONAL_IDENTITY_CODE "
    "SG_NRIC_FIN KR_RRN CA_SIN",
    Label.NAME: "PERSON PER FULL_NAME FULLNAME PERSON_NAME FIRST_NAME FIRSTNAME LAST_NAME LASTNAME MIDDLE_NAME "
    "MIDDLENAME GIVEN_NAME GIVENNAME SURNAME FAMILY_NAME CUSTOMER_NAME",
    Label.ADDRESS: "STREET_ADDRESS POSTAL_ADDRESS STREET HOME_ADDRESS MAILING_ADDRESS SHIPPING_ADDRESS FULL_ADDRESS",
    Label.DOB: "DATE_OF_BIRTH BIRTH_DATE BIRTHDATE BIRTHDAY DATEOFBIRTH",
    Label.IP: "IP_ADDRESS IPADDRESS IPV4 IPV6",
    Label.ORDER: "ORDER_ID ORDER_NUMBER ORDERNUMBER ORDER_NO",
    Label.TRACKING: "TRACKING_NUMBER TRACKING_ID TRACKINGNUMBER PARCEL_NUMBER",
    Label.URL: "DOMAIN_NAME DOMAIN LINK WEBSITE",
    Label.PASSWORD: "PASSWD PASSCODE",
}
_OURS: Final = {label.value: label for label in Label} | {
    name: label for label, names in _OTHER_NAMES.items() for name in names.split()
}
_BETWEEN = re.compile(r"[^A-Z0-9]+")


def our_label(name: str) -> Label | None:
    """Our label for another data set's ``name`` in any spelling of case and separators, or None.

    None is said of what names nobody in a shop's ticket: towns and countries (GPE, LOCATION), post codes alone,
    organisations, nationalities, ages, titles, days (DATE_TIME), and of accounts and user names, which have no
    placeholder.
    """
    return _OURS.get(_BETWEEN.sub("_", name.strip().upper()).strip("_"))
