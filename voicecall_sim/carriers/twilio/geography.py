"""Where Twilio says that a number is: country, state, city, zip, as far as a few tables know."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final, NamedTuple


class Place(NamedTuple):
    """What the geo parameters of a webhook say; empty where nothing is known."""

    country: str = ""
    state: str = ""
    city: str = ""
    zip: str = ""


def place_of(number: str) -> Place:
    """The place of an E.164 number; nowhere for anything else (`anonymous`, `client:...`)."""
    if not re.fullmatch(r"\+\d{4,15}", number):
        return NOWHERE
    if number.startswith("+1"):
        return AREAS.get(number[2:5], UNKNOWN_AREA)
    return next((Place(COUNTRIES[number[1:n]]) for n in (4, 3, 2) if number[1:n] in COUNTRIES), NOWHERE)


NOWHERE: Final = Place()
UNKNOWN_AREA: Final = Place("US")

# Area codes of the North American numbering plan: the larger cities (public numbering plan)
AREAS: Final[Mapping[str, Place]] = {
    "201": Place("US", "NJ", "JERSEY CITY", "07302"),
    "202": Place("US", "DC", "WASHINGTON", "20001"),
    "206": Place("US", "WA", "SEATTLE", "98101"),
    "212": Place("US", "NY", "NEW YORK", "10004"),
    "213": Place("US", "CA", "LOS ANGELES", "90012"),
    "214": Place("US", "TX", "DALLAS", "75201"),
    "215": Place("US", "PA", "PHILADELPHIA", "19102"),
    "303": Place("US", "CO", "DENVER", "80202"),
    "305": Place("US", "FL", "MIAMI", "33130"),
    "312": Place("US", "IL", "CHICAGO", "60602"),
    "313": Place("US", "MI", "DETROIT", "48226"),
    "404": Place("US", "GA", "ATLANTA", "30303"),
    "415": Place("US", "CA", "SAN FRANCISCO", "94105"),
    "416": Place("CA", "ON", "TORONTO", ""),
    "501": Place("US", "AR", "LITTLE ROCK", "72201"),
    "503": Place("US", "OR", "PORTLAND", "97204"),
    "512": Place("US", "TX", "AUSTIN", "78701"),
    "514": Place("CA", "QC", "MONTREAL", ""),
    "604": Place("CA", "BC", "VANCOUVER", ""),
    "615": Place("US", "TN", "NASHVILLE", "37207"),
    "617": Place("US", "MA", "BOSTON", "02108"),
    "702": Place("US", "NV", "LAS VEGAS", "89101"),
    "713": Place("US", "TX", "HOUSTON", "77002"),
    "800": Place("US"),
    "808": Place("US", "HI", "HONOLULU", "96813"),
}

# Country codes (ITU-T E.164, list of assigned country codes)
COUNTRIES: Final[Mapping[str, str]] = {
    "20": "EG", "27": "ZA", "30": "GR", "31": "NL", "32": "BE", "33": "FR", "34": "ES", "36": "HU", "39": "IT",
    "40": "RO", "41": "CH", "43": "AT", "44": "GB", "45": "DK", "46": "SE", "47": "NO", "48": "PL", "49": "DE",
    "51": "PE", "52": "MX", "54": "AR", "55": "BR", "56": "CL", "57": "CO", "60": "MY", "61": "AU", "62": "ID",
    "63": "PH", "64": "NZ", "65": "SG", "66": "TH", "81": "JP", "82": "KR", "84": "VN", "86": "CN", "90": "TR",
    "91": "IN", "92": "PK", "234": "NG", "254": "KE", "351": "PT", "352": "LU", "353": "IE", "354": "IS",
    "358": "FI", "370": "LT", "371": "LV", "372": "EE", "380": "UA", "386": "SI", "420": "CZ", "421": "SK",
    "852": "HK", "886": "TW", "971": "AE", "972": "IL",
}  # fmt: skip

FIDELITY: Final = (
    ("geo parameters by country code, and by area code for some cities", "observed traffic; tables ours", "assumed"),
    ("unknown parts are empty, not left out", "observed traffic", "captured"),
)
