"""The catalogue of refusals, over the whole table."""

from __future__ import annotations

import string

import pytest

from voicecall_sim.carriers.twilio.refusals import ABOUT, CATALOGUE, MORE_INFO, NO_INSTRUCTIONS, Refused

STANDINGS = {"captured", "documented", "executed", "reported", "reimplemented", "assumed"}
FIELDS = {"name", "problem", "value", "path"}
STATUSES = {400, 401, 403, 404, 405, 409, 410, 422, 429, 500, 503}


def fields(template: str) -> set[str]:
    """The fields that a template has."""
    return {field for _, field, _, _ in string.Formatter().parse(template) if field}


def test_every_line_is_sound() -> None:
    assert {code: line.status for code, line in CATALOGUE.items() if line.status not in STATUSES} == {}
    assert {code: line.standing for code, line in CATALOGUE.items() if line.standing not in STANDINGS} == {}
    assert {code: line.message for code, line in CATALOGUE.items() if not fields(line.message) <= FIELDS} == {}


def test_every_refusal_has_the_four_keys_of_the_vendor() -> None:
    for code, line in CATALOGUE.items():
        refused = Refused(code, name="Url", problem="is bad", value="{x}", path="/p")
        body = refused.body()
        assert list(body) == ["code", "message", "more_info", "status"], code
        assert (body["code"], body["more_info"]) == (code, MORE_INFO.format(code=code))
        assert body["status"] == refused.status == line.status, code
        assert "{x}" in refused.message or "value" not in fields(line.message), code


def test_a_detail_that_is_missing_leaves_a_gap() -> None:
    assert Refused(21211).message == "The phone number you are attempting to call, , is not valid."


def test_a_code_may_have_another_text() -> None:
    assert str(Refused(21205, NO_INSTRUCTIONS)) == "21205: Url parameter is required."


def test_an_unknown_code_is_answered_with_those_that_exist() -> None:
    with pytest.raises(ValueError, match=r"99999 is not in the catalogue.*21211"):
        Refused(99999)


def test_what_a_code_complains_of_is_in_its_text() -> None:
    assert set(ABOUT) <= set(CATALOGUE)
    assert all(fields(CATALOGUE[code].message) & {"value", "name"} for code in ABOUT)
