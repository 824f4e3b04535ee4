"""Rules about webhooks that are believed: what they say, and what is replied."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Final

from voicecall_sdk.carriers.carrier import Carrier
from voicecall_sdk.carriers.contract.samples import GARBAGE, Samples, commands_for, view_of
from voicecall_sdk.commands import Command, Dial
from voicecall_sdk.errors import Unintelligible
from voicecall_sdk.messages import WebhookReply, WebhookRequest

TARGETS: Final = ("/voice/webhook", "/voice/webhook?", "/voice/webhook?callId=&turn=&%zz=%", "/?a=%ff&callId=%00")


def understood(carrier: Carrier, samples: Samples) -> Iterator[str]:
    """It is about a call, and says the same each time."""
    for number, one in enumerate(samples.genuine):
        try:
            delivery = carrier.understand(one.request)
        except Unintelligible as error:
            yield f"genuine[{number}] is not understood: {error}"
            continue
        if delivery.call_id is None and delivery.provider_call_id is None:
            yield f"genuine[{number}] is about no call"
        if delivery != carrier.understand(replace(one.request)):
            yield f"genuine[{number}] says something else the second time"


def unshaken(carrier: Carrier, samples: Samples) -> Iterator[str]:
    """A signed body without sense is `Unintelligible`, or understood as something harmless."""
    requests = [one.request for one in samples.genuine] or [
        WebhookRequest(method="POST", target=TARGETS[0], headers={}, body=b"")
    ]
    for request in requests:
        for body in GARBAGE:
            for target in (request.target, *TARGETS):
                for method in ("GET", "POST"):
                    tried = replace(request, method=method, target=target, body=body)
                    try:
                        carrier.understand(tried)
                    except Unintelligible:
                        continue
                    except Exception as error:  # noqa: BLE001  whatever it is, it is told as a breach
                        yield f"{method} {target} {body[:20]!r}: raises {error!r}"


def replied(carrier: Carrier, samples: Samples) -> Iterator[str]:
    """For every command alone and for all in a row there is a good reply, which can be read if it is XML."""
    view, singles = view_of(carrier), [command for command in commands_for(carrier) if not isinstance(command, Dial)]
    for commands in ((), *((command,) for command in singles), tuple(singles)):
        try:
            reply = carrier.document(commands, view)
            again = carrier.document(commands, view)
        except Exception as error:  # noqa: BLE001  whatever it is, it is told as a breach
            yield f"the reply {_named(commands)} raises {error!r}"
            continue
        if reply != again:
            yield f"the reply {_named(commands)} is another one the second time"
        yield from (f"the reply {_named(commands)} {problem}" for problem in _unusable(reply))
    if carrier.document((), None).status >= 300:
        yield "the bare acknowledgement is no good answer"


def _named(commands: Sequence[Command]) -> str:
    return f"to {', '.join(type(command).__name__ for command in commands)}" if commands else "without commands"


def _unusable(reply: WebhookReply) -> Iterator[str]:
    if not 200 <= reply.status < 300:
        yield f"has status {reply.status}"
    if "xml" in reply.content_type:
        try:
            ET.fromstring(reply.body)
        except ET.ParseError as error:
            yield f"is no XML: {error}"
