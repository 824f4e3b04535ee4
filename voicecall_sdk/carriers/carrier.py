"""What a carrier's folder offers: functions over values. No state, no I/O, no clock.

Two kinds of carriers fit the same form. One that executes documents (markup) is told what to do in the reply to a
webhook that `wants_document`, or by a REST request that carries a document or points to one; one that takes commands
is told by REST alone, and its `document` is the bare acknowledgement.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from voicecall_sdk.carriers.settings import CarrierSettings
from voicecall_sdk.carriers.wire import Wire
from voicecall_sdk.commands import Command
from voicecall_sdk.events import Answered, Delivery, Ended
from voicecall_sdk.messages import RestReply, RestRequest, WebhookReply, WebhookRequest
from voicecall_sdk.values import CallId, Direction, ProviderCallId, State

Credentials = Mapping[str, str]
"""A carrier's own secrets and identifiers, by the names of its configuration block (`accountSid`, `authToken`)."""


class Ability(StrEnum):
    """What not every carrier can do. Asking for an absent one is `Misused`, said by name."""

    MESSAGE_IN_DIAL = "a message in the dial request"
    PRESS = "outbound DTMF"
    PRESS_ON_ANSWER = "DTMF on answer"
    STREAM = "media streams"
    PRESS_BESIDE_STREAM = "outbound DTMF that leaves a media stream open"


@dataclass(frozen=True, slots=True, kw_only=True)
class CallView:
    """What a carrier may know about a call when it expresses a command.

    `webhook_url` is the public URL of our webhook, without query; callbacks are made from it. `stream_url` is where
    media streams are to be opened (ws or wss). `step` is a fresh name
    for the document being written: it makes every callback of it distinct from a repeated one. `end_of_speech` is
    the silence in seconds that ends what somebody says; None leaves it to the carrier.
    """

    call_id: CallId
    provider_call_id: ProviderCallId | None
    direction: Direction
    webhook_url: str
    voice: str
    language: str
    state: State
    step: str = ""
    end_of_speech: float | None = None
    stream_url: str = ""


@dataclass(frozen=True, slots=True)
class Proof:
    """A webhook's identity, once it is believed: the same delivery always has the same `key`.

    `warning` is set when the request was believed for a reason that deserves a word in the log.
    """

    key: str
    warning: str | None = None


@dataclass(frozen=True, slots=True)
class Placed:
    """The carrier took the call."""

    provider_call_id: ProviderCallId


@dataclass(frozen=True, slots=True)
class Standing:
    """How the carrier says a call stands: over or not, or unknown (`None`), and the word it used.

    `news` is what that amounts to, if anything: that it was answered, that it has ended.
    """

    over: bool | None
    word: str
    news: Answered | Ended | None = None


@dataclass(frozen=True, slots=True)
class Done:
    """The carrier accepted the command. `said`: it was to be said, and that is over already."""

    said: bool = False


Outcome = Placed | Standing | Done


def _done(command: Command, view: CallView) -> Outcome:
    return Done()


@dataclass(frozen=True, slots=True, kw_only=True)
class Carrier:
    """Everything the SDK knows about one carrier.

    - `required_headers`: each inner set is one way to be signed; a request that has none of them is refused unread.
    - `verify(request, credentials, urls, now)` proves the request or raises `Forged`. `urls` are the forms the public
      URL of this request may have had, likeliest first; `now` is the Unix time in seconds.
    - `understand(request)` says what happened, or raises `Unintelligible`. The request has been proved already.
    - `document(commands, view)` is the reply to a webhook. For one that wants no document `commands` is empty and
      `view` may be None: the bare acknowledgement.
    - `express(command, view)` gives the REST requests that carry the command out, in order; empty if there is
      nothing to do. Those that ask how a call stands are sent until one of them finds it.
    - `assume(command, view)` is the outcome of a command that takes no request.
    - `interpret(command, reply)` reads the answer, or raises `CarrierRefused`; `CarrierSilent` for an answer from which
      nobody can tell whether a call was placed.
    - `authorize(request, credentials)` adds what is the account's own: credentials to a REST request's headers, and
      to its body what names the account there.
    - `base_url(credentials)` is the REST base for an account, without trailing slash.
    - `retry_codes`: a live update refused with one of these codes is tried again shortly. One that is refused with
      one of `over_codes`, at last, has come after the call's end.
    - `settings` is the carrier's block of the configuration.
    - `wire` is how its media streams are read and written, with the ability `STREAM`.
    """

    name: str
    abilities: frozenset[Ability]
    required_headers: Sequence[frozenset[str]]
    verify: Callable[[WebhookRequest, Credentials, Sequence[str], float], Proof]
    understand: Callable[[WebhookRequest], Delivery]
    document: Callable[[Sequence[Command], CallView | None], WebhookReply]
    express: Callable[[Command, CallView], Sequence[RestRequest]]
    interpret: Callable[[Command, RestReply], Outcome]
    authorize: Callable[[RestRequest, Credentials], RestRequest]
    base_url: Callable[[Credentials], str]
    voice_of: Callable[[str | None], str]
    settings: type[CarrierSettings]
    assume: Callable[[Command, CallView], Outcome] = _done
    retry_codes: frozenset[int] = frozenset()
    over_codes: frozenset[int] = frozenset()
    wire: Wire | None = None
