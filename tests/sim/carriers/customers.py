"""For each carrier its plainest customer, by its documents: what its emulator's contract is tried with."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping, Sequence
from typing import Any, Final
from urllib.parse import parse_qs, urlencode

from voicecall_sim.carriers.contract import Reply, Request

Settings = Mapping[str, Any]
Treatment = tuple[Reply, Sequence[Request]]


def basic(user: str, password: str) -> Mapping[str, str]:
    """Basic authentication."""
    return {"Authorization": f"Basic {base64.b64encode(f'{user}:{password}'.encode()).decode()}"}


def form_of(hook: Request) -> Mapping[str, str]:
    """The parameters of a webhook that is a form."""
    return {name: values[-1] for name, values in parse_qs(hook.body.decode(), keep_blank_values=True).items()}


def xml(inside: str) -> Reply:
    """A document."""
    return Reply(headers={"Content-Type": "text/xml"}, body=f"<Response>{inside}</Response>".encode())


class TwilioCustomer:
    """Says it by TwiML."""

    def order(self, settings: Settings, from_: str, to: str, url: str) -> Request:
        """Twilio docs, voice/api/call-resource: create."""
        form = {"From": from_, "To": to, "Url": url, "StatusCallback": url}
        return self._posted(settings, "Calls.json", form)

    def accepted(self, answer: Reply) -> str:
        """Its sid."""
        return str(json.loads(answer.body)["sid"])

    def hang_up(self, settings: Settings, call: str) -> Request:
        """An update."""
        return self._posted(settings, f"Calls/{call}.json", {"Status": "completed"})

    def treat(self, settings: Settings, hook: Request, text: str) -> Treatment:
        """Says it and waits. Status callbacks want nothing."""
        over = form_of(hook).get("CallbackSource") or form_of(hook)["CallStatus"] in ("completed", "busy", "no-answer")
        return xml("" if over else f"<Say>{text}</Say><Pause length='60'/>"), ()

    def _posted(self, settings: Settings, path: str, form: Mapping[str, str]) -> Request:
        sid = settings["accountSid"]
        return Request(
            method="POST",
            url=f"https://api.twilio.com/2010-04-01/Accounts/{sid}/{path}",
            headers={**basic(sid, settings["authToken"]), "Content-Type": "application/x-www-form-urlencoded"},
            body=urlencode(form).encode(),
        )


class TelnyxCustomer:
    """Says it by a command."""

    def order(self, settings: Settings, from_: str, to: str, url: str) -> Request:
        """Telnyx docs, call-control: dial."""
        return self._commanded(
            settings, "", {"connection_id": settings["connectionId"], "from": from_, "to": to, "webhook_url": url}
        )

    def accepted(self, answer: Reply) -> str:
        """Its control id."""
        return str(json.loads(answer.body)["data"]["call_control_id"])

    def hang_up(self, settings: Settings, call: str) -> Request:
        """A command."""
        return self._commanded(settings, f"/{call}/actions/hangup", {})

    def treat(self, settings: Settings, hook: Request, text: str) -> Treatment:
        """Answers who calls, and speaks when a call was answered."""
        event = json.loads(hook.body)["data"]
        call = f"/{event['payload']['call_control_id']}/actions"
        if event["event_type"] == "call.initiated" and event["payload"]["direction"] == "incoming":
            return Reply(), (self._commanded(settings, f"{call}/answer", {}),)
        if event["event_type"] == "call.answered":
            spoken = {"payload": text, "voice": "female", "language": "en-US"}
            return Reply(), (self._commanded(settings, f"{call}/speak", spoken),)
        return Reply(), ()

    def _commanded(self, settings: Settings, path: str, content: Mapping[str, str]) -> Request:
        key = {"Authorization": f"Bearer {settings['apiKey']}"}
        return Request.of_json("POST", f"https://api.telnyx.com/v2/calls{path}", content, key)


class PlivoCustomer:
    """Says it by Plivo XML."""

    def order(self, settings: Settings, from_: str, to: str, url: str) -> Request:
        """Plivo docs, voice/api/call: make a call."""
        content = {"from": from_, "to": to, "answer_url": url, "hangup_url": url, "ring_url": url}
        return Request.of_json("POST", f"{self._account(settings)}/Call/", content, self._credentials(settings))

    def accepted(self, answer: Reply) -> str:
        """Its request's identifier, which is the call's."""
        return str(json.loads(answer.body)["request_uuid"])

    def hang_up(self, settings: Settings, call: str) -> Request:
        """A DELETE."""
        url = f"{self._account(settings)}/Call/{call}/"
        return Request(method="DELETE", url=url, headers=self._credentials(settings))

    def treat(self, settings: Settings, hook: Request, text: str) -> Treatment:
        """Says it and waits. Notices want nothing."""
        begins = form_of(hook).get("Event") == "StartApp"
        return xml(f"<Speak>{text}</Speak><Wait length='60'/>" if begins else ""), ()

    def _account(self, settings: Settings) -> str:
        return f"https://api.plivo.com/v1/Account/{settings['authId']}"

    def _credentials(self, settings: Settings) -> Mapping[str, str]:
        return basic(settings["authId"], settings["authToken"])


CUSTOMERS: Final = {"twilio": TwilioCustomer(), "telnyx": TelnyxCustomer(), "plivo": PlivoCustomer()}
