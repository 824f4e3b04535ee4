"""A carrier that calls nobody: every command succeeds at once, events come in as JSON. For development."""

from __future__ import annotations

from collections.abc import Sequence

from voicecall_sdk.carriers.carrier import Ability, CallView, Carrier, Credentials, Done, Outcome, Placed, Standing
from voicecall_sdk.carriers.mock import webhooks
from voicecall_sdk.carriers.mock.settings import MockSettings
from voicecall_sdk.commands import AskStatus, Command, Dial, Say
from voicecall_sdk.events import Ended
from voicecall_sdk.messages import RestReply, RestRequest, WebhookReply
from voicecall_sdk.values import EndReason, ProviderCallId

OVER = ("stale", "ended", "completed")


def _assume(command: Command, view: CallView) -> Outcome:
    """A dial gives `mock-<callId>`; a call whose id contains stale, ended or completed is over. What is said takes no
    time.
    """
    if isinstance(command, Dial):
        return Placed(ProviderCallId(f"mock-{view.call_id}"))
    if isinstance(command, AskStatus):
        over = any(word in (view.provider_call_id or "") for word in OVER)
        word = "completed" if over else "in-progress"
        return Standing(over=over, word=word, news=Ended(EndReason.COMPLETED, word) if over else None)
    return Done(said=isinstance(command, Say))


def _express(command: Command, view: CallView) -> Sequence[RestRequest]:
    return ()


def _interpret(command: Command, reply: RestReply) -> Outcome:
    return Done()


def _authorize(request: RestRequest, credentials: Credentials) -> RestRequest:
    return request


def _document(commands: Sequence[Command], view: CallView | None) -> WebhookReply:
    return WebhookReply()


carrier = Carrier(
    name="mock",
    abilities=frozenset({Ability.PRESS}),
    required_headers=(),
    verify=webhooks.verify,
    understand=webhooks.understand,
    document=_document,
    express=_express,
    interpret=_interpret,
    authorize=_authorize,
    base_url=lambda credentials: "",
    settings=MockSettings,
    voice_of=lambda name: name or "",
    assume=_assume,
)
