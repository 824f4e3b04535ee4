"""For each carrier the few messages of its own that its contract is tried with."""

from __future__ import annotations

import base64
import json
from typing import Any

from tests.sdk.carriers.plivo import requests as plivo
from tests.sdk.carriers.telnyx import requests as telnyx
from tests.sdk.carriers.twilio import requests as twilio
from voicecall_sdk.carriers.contract import Genuine, Samples
from voicecall_sdk.carriers.contract.samples import TOKEN
from voicecall_sdk.messages import RestReply, WebhookRequest

FORM = "application/x-www-form-urlencoded"
SOUND = base64.b64encode(bytes(range(160))).decode()


def answer(status: int, body: object) -> RestReply:
    """A REST answer in JSON."""
    return RestReply(status=status, body=json.dumps(body).encode())


def of_twilio() -> Samples:
    """Twilio."""

    def genuine(query: str, **params: str) -> Genuine:
        url = twilio.HOOK + (f"?{query}" if query else "")
        fields = {**twilio.BASE, **params}
        signed = {"x_twilio_signature": twilio.signature(url, fields), "content_type": FORM}
        return Genuine(request=twilio.request(query, fields, **signed), urls=(url,))

    stream = (
        {"event": "connected", "protocol": "Call", "version": "1.0.0"},
        {
            "event": "start",
            "streamSid": "MZ1",
            "start": {"callSid": twilio.SID, "customParameters": {"token": TOKEN}},
        },
        {"event": "media", "streamSid": "MZ1", "media": {"track": "inbound", "payload": SOUND}},
        {"event": "stop", "streamSid": "MZ1"},
    )
    return Samples(
        block=twilio.CREDENTIALS,
        another={**twilio.CREDENTIALS, "authToken": "f" * 32},
        genuine=(
            genuine("", CallStatus="ringing", Direction="inbound"),
            genuine("callId=c1&type=status", CallStatus="completed", Direction="outbound-api"),
            genuine("callId=c1&turn=t1", CallStatus="in-progress", SpeechResult="Yes, at three.", Confidence="0.9"),
        ),
        placed=answer(201, {"sid": twilio.SID, "status": "queued"}),
        refused=answer(400, {"code": 21211, "message": "Invalid 'To' Phone Number", "status": 400}),
        gone=answer(404, {"code": 20404, "message": "not found", "status": 404}),
        stream=tuple(map(json.dumps, stream)),
    )


def of_telnyx() -> Samples:
    """Telnyx: its signature covers the body and nothing else."""

    def genuine(event: str, number: int, payload: Any) -> Genuine:
        content = telnyx.body(event, {**payload, "client_state": telnyx.state()}, event_id=f"e{number}")
        return Genuine(request=telnyx.signed(content), now=telnyx.NOW, covers=frozenset({"body"}))

    stream = (
        {"event": "connected", "version": "1.0.0"},
        {
            "event": "start",
            "stream_id": "s1",
            "start": {
                "call_control_id": telnyx.CONTROL_ID,
                "media_format": {"encoding": "PCMU", "sample_rate": 8000, "channels": 1},
            },
        },
        {"event": "media", "stream_id": "s1", "media": {"track": "inbound", "payload": SOUND}},
        {"event": "stop", "stream_id": "s1"},
    )
    another = {
        **telnyx.CREDENTIALS,
        "publicKey": base64.b64encode(bytes(telnyx.SigningKey(b"x" * 32).verify_key)).decode(),
    }
    return Samples(
        block=telnyx.CREDENTIALS,
        another=another,
        genuine=(
            genuine("call.initiated", 1, telnyx.INCOMING),
            genuine("call.answered", 2, telnyx.INCOMING),
            genuine("call.hangup", 3, telnyx.HANGUP),
        ),
        placed=answer(200, {"data": {"call_control_id": telnyx.CONTROL_ID, "is_alive": False, "record_type": "call"}}),
        refused=answer(422, {"errors": [{"code": "10016", "title": "Phone number must be in +E164 format"}]}),
        gone=answer(422, {"errors": [{"code": "90018", "title": "Call has already ended"}]}),
        stream=tuple(map(json.dumps, stream)),
    )


def of_plivo() -> Samples:
    """Plivo: by its new signature, and by the old one, which covers the address alone."""

    def by_v3(query: str, params: dict[str, str]) -> Genuine:
        url = plivo.HOOK + (f"?{query}" if query else "")
        joined = "".join(name + value for name, value in sorted(params.items()))
        base = f"{url}{'.' if query else '?'}{joined}"
        signed = {
            "x_plivo_signature_v3": plivo.hmac_of(f"{base}.nonce"),
            "x_plivo_signature_v3_nonce": "nonce",
            "content_type": FORM,
        }
        return Genuine(request=plivo.request(query, params, **signed), urls=(url,))

    old = {"x_plivo_signature_v2": plivo.hmac_of(f"{plivo.HOOK}old"), "x_plivo_signature_v2_nonce": "old"}
    stream = (
        {
            "event": "start",
            "sequenceNumber": 0,
            "start": {
                "callId": plivo.UUID,
                "streamId": "s1",
                "mediaFormat": {"encoding": "audio/x-mulaw", "sampleRate": 8000},
            },
            "extra_headers": f"token={TOKEN}",
        },
        {"event": "media", "streamId": "s1", "media": {"track": "inbound", "payload": SOUND}},
        {"event": "stop", "streamId": "s1"},
    )
    return Samples(
        block=plivo.CREDENTIALS,
        another={**plivo.CREDENTIALS, "authToken": "x" * 40},
        genuine=(
            by_v3("", plivo.ANSWER_IN),
            by_v3("callId=c1", plivo.ANSWER_OUT),
            by_v3("callId=c1&type=hangup", plivo.HANGUP),
            Genuine(request=plivo.request("", plivo.RING, **old, content_type=FORM), covers=frozenset()),
        ),
        placed=answer(201, {"api_id": "a", "message": "call fired", "request_uuid": plivo.UUID}),
        refused=answer(400, {"api_id": "a", "error": "to parameter is not valid"}),
        gone=answer(404, {"api_id": "a", "error": "call not found"}),
        stream=tuple(map(json.dumps, stream)),
    )


def of_mock() -> Samples:
    """The mock signs nothing, asks nothing, streams nothing."""
    event = {"event": {"type": "call.answered", "callId": "c1"}}
    request = WebhookRequest(method="POST", target="/voice/webhook", headers={}, body=json.dumps(event).encode())
    return Samples(block={}, another={}, genuine=(Genuine(request=request, covers=frozenset()),))
