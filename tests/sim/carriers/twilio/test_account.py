"""The account: credentials, numbers, identifiers, secrets."""

from __future__ import annotations

from tests.tools.paper_exchange import FROM, hand_surroundings
from voicecall_sim.carriers.twilio import ids
from voicecall_sim.carriers.twilio.account import Account, NumberResource
from voicecall_sim.world.surroundings import Surroundings


class Market:
    """A market that knows what was bought."""

    def __init__(self, taken: set[str]) -> None:
        self.taken = taken

    def available(self, phone_number: str) -> bool:
        return phone_number not in self.taken

    def acquired(self, number: NumberResource) -> None:
        self.taken.add(number.phone_number)

    def released(self, number: NumberResource) -> None:
        self.taken.remove(number.phone_number)


def test_everything_is_drawn_from_chance() -> None:
    one, same, other = (Account(hand_surroundings(seed)) for seed in (1, 1, 2))
    assert (one.sid, one.auth_token, one.new_key()) == (same.sid, same.auth_token, same.new_key())
    assert one.sid != other.sid
    assert one.auth_token != other.auth_token


def test_identifiers_have_their_form(account: Account) -> None:
    key, secret = account.new_key()
    number = account.number(FROM)
    assert number is not None
    assert ids.is_sid(account.sid, "AC")
    assert ids.is_sid(key, "SK")
    assert ids.is_sid(number.sid, "PN")
    assert not ids.is_sid(account.sid, "SK")
    assert not ids.is_sid(account.sid[:-1], "AC")
    assert len(account.auth_token) == len(secret) == 32


def test_one_kind_of_identifier_does_not_shift_another(surroundings: Surroundings) -> None:
    plain, busy = hand_surroundings(7), hand_surroundings(7)
    for _ in range(5):
        ids.new_sid(busy.chance, ids.REQUEST)
    assert ids.new_sid(plain.chance, ids.CALL) == ids.new_sid(busy.chance, ids.CALL)


def test_credentials(account: Account) -> None:
    key, secret = account.new_key()
    assert account.knows(account.sid, account.auth_token)
    assert account.knows(key, secret)
    assert not account.knows(account.sid, secret)
    assert not account.knows(key, account.auth_token)
    assert not account.knows("", "")
    assert not account.knows("SK" + "0" * 32, "")


def test_secrets_are_named_and_kept_by_the_journal(account: Account, surroundings: Surroundings) -> None:
    key, secret = account.new_key()
    assert account.secrets() == {"twilio.authToken": account.auth_token, f"twilio.apiKey.{key}": secret}
    written = surroundings.journal.write("x", "x", {"a": f"{account.auth_token} {secret}"})
    assert written.data["a"] == f"<twilio.authToken> <twilio.apiKey.{key}>"


def test_numbers_come_from_the_market(surroundings: Surroundings) -> None:
    market = Market({"+15550009999"})
    account = Account(surroundings, market)
    number = account.acquire(FROM, "Front desk")
    assert account.acquire(FROM) is number
    assert account.may_call_from(FROM)
    assert FROM in market.taken
    account.release(number.sid)
    assert FROM not in market.taken
    assert not account.may_call_from(FROM)


def test_an_area_code_that_is_sold_out(surroundings: Surroundings) -> None:
    account = Account(surroundings, Market({f"+1415555{number:04d}" for number in range(10_000)} - {"+14155550007"}))
    assert account.offer("415") == "+14155550007"
    account.acquire("+14155550007")
    assert account.offer("415") is None


def test_verified_numbers_may_be_shown(account: Account) -> None:
    account.verified.add("+14158675309")
    assert account.may_call_from("+14158675309")
