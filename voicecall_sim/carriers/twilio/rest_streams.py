"""The Streams resource of a call, for one-way media streams: Twilio docs, voice/api/stream-resource."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from voicecall_sim.carriers.streaming.sockets import Unopened
from voicecall_sim.carriers.twilio.asked import Answer, Asked, Office, Route
from voicecall_sim.carriers.twilio.presentation import show_stream
from voicecall_sim.carriers.twilio.refusals import NOT_STREAMABLE, Refused
from voicecall_sim.carriers.twilio.states import CallStatus
from voicecall_sim.carriers.twilio.stream_address import address
from voicecall_sim.carriers.twilio.stream_resource import LONGEST_PARAMETER, TRACKS, StreamWish, crowded, named
from voicecall_sim.carriers.twilio.validation import Form, callback, choice

MOST_PARAMETERS: Final = 99
PARAMETERS: Final = frozenset(
    {"Url", "Name", "Track", "StatusCallback", "StatusCallbackMethod"}
    | {f"Parameter{number}.{part}" for number in range(1, MOST_PARAMETERS + 1) for part in ("Name", "Value")}
)


def create(office: Office, asked: Asked) -> Answer:
    """Start a stream."""
    call = office.call(asked)
    wish = read_wish(asked.form, office.account.terms.local_urls)
    if call.status is not CallStatus.IN_PROGRESS:
        raise Refused(21220, NOT_STREAMABLE)
    if wish.name and named(office.account, call.sid, wish.name) is not None:
        raise Refused(20001, name="Name", problem="is the name of another stream of this call")
    if crowded(office.account, call.sid, TRACKS[wish.track]):
        raise Refused(20001, name="Track", problem="exceeds the four tracks that may be streamed of a call")
    return Answer(json=show_stream(office.exchange.stream(call.sid, wish)))


def read_wish(form: Form, local: bool) -> StreamWish:
    """The stream that is wanted, or `Refused`."""
    url = form["Url"]
    if url is None:
        raise Refused(20001, name="Url", problem="is required")
    try:
        address(url, local=local)
    except Unopened:
        raise Refused(21205, name="Url", value=url) from None
    return StreamWish(
        url=url,
        name=form["Name"],
        track=choice(form, "Track", tuple(TRACKS), "inbound_track"),
        callback=callback(form, "StatusCallback", "StatusCallbackMethod", local=local, url_code=21609),
        parameters=dict(read_parameters(form)),
    )


def read_parameters(form: Form) -> Iterator[tuple[str, str]]:
    """The parameters that have a name; 20001 for one that is too long."""
    for number in range(1, MOST_PARAMETERS + 1):
        name, value = form[f"Parameter{number}.Name"], form[f"Parameter{number}.Value"] or ""
        if name is None:
            continue
        if len(name) + len(value) > LONGEST_PARAMETER:
            problem = f"and its value must not be longer than {LONGEST_PARAMETER} characters"
            raise Refused(20001, name=f"Parameter{number}.Name", problem=problem)
        yield name, value


def update(office: Office, asked: Asked) -> Answer:
    """Stop a stream, named by its identifier or its name."""
    call = office.call(asked)
    if asked.form["Status"] is None:
        raise Refused(20001, name="Status", problem="is required")
    choice(asked.form, "Status", ("stopped",), "")
    stream = named(office.account, call.sid, asked.sids["stream"])
    if stream is None:
        raise asked.not_found()
    office.exchange.stop_stream(stream.sid)
    return Answer(json=show_stream(stream))


ROUTES: Final = (
    Route(
        operation="start stream",
        method="POST",
        path="/Calls/{call}/Streams.json",
        handler=create,
        parameters=PARAMETERS,
    ),
    Route(
        operation="stop stream",
        method="POST",
        path="/Calls/{call}/Streams/{stream}.json",
        handler=update,
        parameters=frozenset({"Status"}),
    ),
)

FIDELITY: Final = (
    (
        "creating answers 200, in-progress; neither fetch nor list",
        "OpenAPI twilio_api_v2010 (docs say 201)",
        "documented",
    ),
    ("a stream is stopped by its identifier or its name", "OpenAPI twilio_api_v2010", "documented"),
    ("two-way streams can neither be started nor stopped here; stopping is 20404", "voice/media-streams", "assumed"),
    ("a stream that is over is 20404", "nothing published", "assumed"),
    ("a call that is not in progress is 21220", "by analogy with recordings", "assumed"),
    ("a URL that is not an absolute wss one is 21205, none 20001", "nothing published", "assumed"),
    ("a name in use, a fifth track, a parameter too long: 20001", "nothing published", "assumed"),
)
