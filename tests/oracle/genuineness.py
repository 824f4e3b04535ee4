"""A judge of every scenario: what its carrier signed is genuine to the carrier's own validator, and nothing else is.

A plugin of pytest, named in the top `conftest.py`: it reads what the tests of scenario files performed anyway. Left out
is what forges or tampers, for there the carrier sends what it did not sign.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from typing import TYPE_CHECKING, Any, Final, TypeAlias
from urllib.parse import urlsplit

import pytest

if TYPE_CHECKING:
    from voicecall_sim.carriers.emulator import Carrier, Outgoing
    from voicecall_sim.pytest_plugin import ScenarioItem
    from voicecall_sim.runner.run import Run
    from voicecall_sim.scenario.plan import Plan
    from voicecall_sim.world.journal import Entry

ALTERED: Final = {"forge", "tamper"}

V3: Final = "x-plivo-signature-v3"
V2: Final = "x-plivo-signature-v2"
TWILIO: Final = "x-twilio-signature"
TELNYX: Final = "telnyx-signature-ed25519"
TELNYX_AT: Final = "telnyx-timestamp"


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """What an application gets; the headers by lower-case names."""

    method: str
    url: str
    form: Mapping[str, str]
    body: bytes
    headers: Mapping[str, str]

    def with_header(self, name: str, value: str) -> Message:
        """With another value of a header."""
        return replace(self, headers={**self.headers, name: value})


Validator: TypeAlias = Callable[[Message, Mapping[str, Any]], bool]
"""Whether a message is genuine to somebody with these settings (`Carrier.settings`)."""
Tampering: TypeAlias = Callable[[Message], Message]


def pytest_voicecall_scenario_ran(item: ScenarioItem, run: Run) -> None:
    """Everything that was signed is judged."""
    if genuine(item.plan):
        assert run.stage is not None
        judge(run.stage.carrier, list(run.world.journal))


def genuine(plan: Plan) -> bool:
    """Whether nothing in the scenario sends what the carrier did not sign."""
    from voicecall_sim.scenario.plan import NetStep

    return not any(isinstance(step.verb, NetStep) and step.verb.what in ALTERED for step in plan.steps)


def judge(carrier: Carrier, journal: Sequence[Entry]) -> None:
    """Raise `AssertionError` for a webhook that is not genuine, or would be if it were another, or is not there."""
    settings = carrier.settings()
    for hook in carrier.sent:
        what = f"{carrier.name}'s webhook {hook.number} ({hook.kind} {hook.event}, {hook.method} {hook.url})"
        for valid, tamperings in VALIDATORS[carrier.name]:
            seen = forms(hook)
            assert any(valid(message, settings) for message in seen), f"{what} is not genuine to {valid.__doc__}"
            for name, tamper in tamperings.items():
                assert not valid(tamper(seen[0]), settings), f"{what} is genuine with another {name} to {valid.__doc__}"
    answered = {entry.data["number"] for entry in journal if entry.kind == "webhook" and entry.data["status"]}
    assert answered <= {hook.number for hook in carrier.sent}, "what the application answered was not judged"


def forms(hook: Outgoing) -> Sequence[Message]:
    """The webhook as the application may see it: its URL with and without its port."""
    headers = {name.lower(): value for name, value in hook.headers}
    form = dict(hook.params) if hook.method == "POST" else {}
    urls = dict.fromkeys((hook.url, hook.signed_url))
    return [Message(method=hook.method, url=url, form=form, body=hook.body, headers=headers) for url in urls]


# --- the carriers' validators, imported when there is something to judge ------------------------------------------


def by_twilio(message: Message, settings: Mapping[str, Any]) -> bool:
    """twilio.request_validator"""
    from twilio.request_validator import RequestValidator

    signature = message.headers.get(TWILIO, "")
    return bool(RequestValidator(settings["authToken"]).validate(message.url, dict(message.form), signature))


def by_plivo(message: Message, settings: Mapping[str, Any]) -> bool:
    """plivo.utils.validate_v3_signature"""
    from plivo.utils import validate_v3_signature

    signature, nonce = message.headers.get(V3, ""), message.headers.get(f"{V3}-nonce", "")
    # it writes into the parameters that it is given
    form = dict(message.form)
    return bool(validate_v3_signature(message.method, message.url, nonce, settings["authToken"], signature, form))


def by_older_plivo(message: Message, settings: Mapping[str, Any]) -> bool:
    """plivo.utils.validate_signature"""
    from plivo.utils import validate_signature

    signature, nonce = message.headers.get(V2, ""), message.headers.get(f"{V2}-nonce", "")
    return bool(validate_signature(message.url, nonce, signature, settings["authToken"]))


def by_telnyx(message: Message, settings: Mapping[str, Any]) -> bool:
    """telnyx.Telnyx.webhooks.unwrap"""
    client = telnyx_client()
    with pytest.MonkeyPatch.context() as patch:
        # at the instant that the message tells: the run and its clock are over
        patch.setattr(time, "time", lambda: float(message.headers[TELNYX_AT]))
        try:
            client.webhooks.unwrap(message.body.decode(), headers=message.headers, key=settings["publicKey"])
        except ValueError:
            return False
    return True


@cache
def telnyx_client() -> Any:
    """One for all: it takes long to make."""
    from telnyx import Telnyx

    return Telnyx(api_key="KEY0")


# --- what must not be genuine ------------------------------------------------------------------------------------


def other_form(message: Message) -> Message:
    """With one parameter more, or another query where there is no form."""
    if message.method == "POST":
        return replace(message, form={**message.form, "CallStatus": message.form.get("CallStatus", "") + "x"})
    return replace(message, url=message.url + ("&" if "?" in message.url else "?") + "x=1")


def other_url(message: Message) -> Message:
    """Sent elsewhere."""
    return replace(message, url=urlsplit(message.url)._replace(path="/elsewhere").geturl())


def other_signature(name: str) -> Tampering:
    """With the signature backwards: base64 of the same length."""

    def tamper(message: Message) -> Message:
        bare, padding = message.headers[name].rstrip("="), message.headers[name].count("=")
        return message.with_header(name, bare[::-1] + "=" * padding)

    return tamper


def other_body(message: Message) -> Message:
    """With white space at its end."""
    return replace(message, body=message.body + b" ")


def other_time(message: Message) -> Message:
    """A second later."""
    return message.with_header(TELNYX_AT, str(int(message.headers[TELNYX_AT]) + 1))


VALIDATORS: Final[Mapping[str, Sequence[tuple[Validator, Mapping[str, Tampering]]]]] = {
    "twilio": [
        (by_twilio, {"parameter": other_form, "URL": other_url, "signature": other_signature(TWILIO)}),
    ],
    "telnyx": [
        (by_telnyx, {"body": other_body, "timestamp": other_time, "signature": other_signature(TELNYX)}),
    ],
    "plivo": [
        (by_plivo, {"parameter": other_form, "URL": other_url, "signature": other_signature(V3)}),
        (by_older_plivo, {"URL": other_url, "signature": other_signature(V2)}),
    ],
}
