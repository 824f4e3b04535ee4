"""Connect, Start and Stop: media streams, as documents ask for them."""

from __future__ import annotations

from typing import Final

from voicecall_sim.carriers.control import Interrupted
from voicecall_sim.carriers.twilio.account import Callback
from voicecall_sim.carriers.twilio.debugger import Notice
from voicecall_sim.carriers.twilio.live import LiveCall
from voicecall_sim.carriers.twilio.steps import Document, Fetch, Step, target
from voicecall_sim.carriers.twilio.stream import Stream
from voicecall_sim.carriers.twilio.stream_resource import StreamWish, named
from voicecall_sim.carriers.twilio.verbs import Connect, Start, Stop
from voicecall_sim.carriers.twilio.verbs import Stream as StreamNoun


async def perform_connect(call: LiveCall, connect: Connect, document: Document) -> Step | None:
    """Join the call to a two-way stream until it ends. Raises `ApplicationFault`, `Interrupted`."""
    action = target(document, connect.action, connect.method) if connect.action else None
    stream = Stream(call, wish(connect.stream, document), two_way=True)
    try:
        await call.control.wait(stream.done)
    except Interrupted:
        stream.stop(REDIRECTED)
        if call.over and action is not None:
            call.plant.tell(call.errand("action", "Connect", action, {}))
        raise
    return None if action is None else Fetch(callback=action, kind="action", event="Connect")


async def perform_start(call: LiveCall, start: Start, document: Document) -> Step | None:
    """Begin one-way streams. Raises `ApplicationFault` for a callback that cannot be requested."""
    for noun in start.streams:
        Stream(call, wish(noun, document), two_way=False)
    return None


async def perform_stop(call: LiveCall, stop: Stop, document: Document) -> Step | None:
    """End one-way streams."""
    for name in stop.names:
        resource = named(call.plant.account, call.sid, name)
        if resource is None:
            call.warn(Notice(12200, f"<Stop>: the call has no stream {name!r}"))
        else:
            call.streams[resource.sid].stop(STOPPED)
    return None


def wish(noun: StreamNoun, document: Document) -> StreamWish:
    """The stream that a document wants. Raises `ApplicationFault`."""
    callback: Callback | None = None
    if noun.status_callback:
        callback = target(document, noun.status_callback, noun.status_method)
    return StreamWish(
        url=noun.url,
        name=noun.name or None,
        track=noun.track,
        callback=callback,
        parameters=noun.parameters,
        connector=noun.connector,
        base=document.source,
    )


REDIRECTED: Final = "redirected"
STOPPED: Final = "stopped"

FIDELITY: Final = (
    ("after Connect the document goes on, or its action is requested", "voice/twiml/connect", "documented"),
    ("a stream that does not come up ends Connect, and Start goes on", "no source", "assumed"),
    ("the action of Connect gets the base set alone", "no source", "assumed"),
    ("when the call ends the action is requested all the same, and its answer ignored", "from memory", "assumed"),
    ("streams that were started survive the document, and end with the call", "voice/twiml/stream", "documented"),
    ("a redirect by REST ends the stream of Connect", "voice/media-streams", "documented"),
    ("Stop of a name that is not there is a 12200", "no source", "assumed"),
)
