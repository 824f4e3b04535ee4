"""The plainest customer of Tin Can."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from voicecall_sim.carriers.contract import Reply, Request

BASE = "https://api.tincan.example/v1"


class TincanCustomer:
    """See `voicecall_sim.carriers.contract.Customer`."""

    def order(self, settings: Mapping[str, Any], from_: str, to: str, url: str) -> Request:
        """Places a call."""
        return Request.of_json("POST", f"{BASE}/calls", {"from": from_, "to": to, "url": url}, _key(settings))

    def accepted(self, answer: Reply) -> str:
        """The call's identifier."""
        return str(json.loads(answer.body)["call"])

    def hang_up(self, settings: Mapping[str, Any], call: str) -> Request:
        """Ends a call."""
        return Request(method="DELETE", url=f"{BASE}/calls/{call}", headers=_key(settings))

    def treat(self, settings: Mapping[str, Any], hook: Request, text: str) -> tuple[Reply, Sequence[Request]]:
        """Says it when the call begins, and waits from then on."""
        begins = json.loads(hook.body)["event"] in ("incoming", "answered")
        lines = [{"say": text}] if begins else [{"wait": 60}]
        return Reply(body=json.dumps({"lines": lines, "back": hook.url}).encode()), ()


def _key(settings: Mapping[str, Any]) -> Mapping[str, str]:
    return {"Authorization": f"Key {settings['apiKey']}"}
