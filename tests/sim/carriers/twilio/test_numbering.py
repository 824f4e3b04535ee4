"""Phone numbers as Twilio reads and writes them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from voicecall_sim.carriers.twilio.numbering import by_keypad, e164, formatted, plausible


@pytest.mark.parametrize(
    ("written", "number"),
    [
        ("+15550001234", "+15550001234"),
        ("+1 (555) 000-1234", "+15550001234"),
        ("15550001234", "+15550001234"),
        ("5550001234", "+15550001234"),
        ("(555) 000 12.34", "+15550001234"),
        ("+5550001234", "+5550001234"),
        ("+81 70 1111 1111", "+817011111111"),
        ("4915112345678", "+4915112345678"),
        ("+18667786", None),
        ("+17890987654465", None),
        ("+11234567890", None),
        ("+0800918468", None),
        ("0015550001234", None),
        ("+", None),
        ("", None),
        ("!!###$%", None),
        ("1-800-FLOWERS", None),
        ("++15550001234", None),
        ("+1555000٤٤٤٤", None),
    ],
)
def test_what_is_a_number(written: str, number: str | None) -> None:
    assert e164(written) == number


def test_letters_are_keys() -> None:
    assert by_keypad("gdygadba") == "43942322"
    assert e164(by_keypad("1-800-FLOWERS")) == "+18003569377"


@pytest.mark.parametrize(
    ("number", "shown"),
    [("+14158675309", "(415) 867-5309"), ("+442071838750", "+442071838750"), ("client:anna", "client:anna")],
)
def test_how_numbers_are_shown(number: str, shown: str) -> None:
    assert formatted(number) == shown


@given(st.text(alphabet="+0123456789 ().-", max_size=20))
def test_what_is_read_is_plausible_and_stays_what_it_is(written: str) -> None:
    number = e164(written)
    assert number is None or (plausible(number) and e164(number) == number)
