"""AI services in a run: which plans have them, and the words for what goes wrong with them."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any

import aiohttp
import pytest

from tests.tools.ai_services import encoded, silence, turns, voice
from voicecall_sim.runner.tour import Options, tour
from voicecall_sim.services.audio import ULAW, understood
from voicecall_sim.subjects.subject import OperationFailed

from .conftest import Write, rules, titles
from .fake_app import FakeApp

OPENAI = "https://api.openai.com/v1"
SPEECH = "https://api.elevenlabs.io/v1/text-to-speech/pMsXgVXv3BLzUgSXRplE/stream?output_format=ulaw_8000"


class Talker(FakeApp):
    """`rpc: {method: say}` has a text spoken, `rpc: {method: listen}` has it transcribed."""

    def __init__(
        self, *, agent: bool = False, openai_key: str | None = None, elevenlabs_key: str | None = None
    ) -> None:
        super().__init__()
        self.keys = (openai_key, elevenlabs_key)

    async def request(self, door: str, payload: Mapping[str, Any]) -> Mapping[str, Any]:
        does = {"say": self._say, "listen": self._listen, "keys": self._keys}[payload["method"]]
        try:
            return await self.host.call(does(**payload.get("params", {})))
        except (aiohttp.ClientError, TimeoutError) as error:
            raise OperationFailed(f"{type(error).__name__}") from error

    async def _keys(self) -> Mapping[str, Any]:
        return {"keys": [key is not None for key in self.keys]}

    async def _say(self, text: str) -> Mapping[str, Any]:
        headers = {"xi-api-key": str(self.keys[1])}
        timeout = aiohttp.ClientTimeout(total=20)
        async with (
            aiohttp.ClientSession(timeout=timeout) as client,
            client.post(SPEECH, json={"text": text}, headers=headers) as response,
        ):
            if response.status != 200:
                raise OperationFailed(f"status {response.status}")
            return {"said": understood(await response.read(), ULAW)}

    async def _listen(self, text: str) -> Mapping[str, Any]:
        headers = {"Authorization": f"Bearer {self.keys[0]}"}
        async with (
            asyncio.timeout(20),
            aiohttp.ClientSession() as client,
            client.ws_connect(f"{OPENAI}/realtime?intent=transcription", headers=headers) as socket,
        ):
            heard = {
                "format": {"type": "audio/pcmu"},
                "transcription": {"model": "gpt-4o-transcribe"},
                "turn_detection": turns(),
            }
            await socket.send_json(
                {"type": "session.update", "session": {"type": "transcription", "audio": {"input": heard}}}
            )
            audio = encoded(voice(text) + silence(1))
            await socket.send_json({"type": "input_audio_buffer.append", "audio": audio})
            while True:
                message = await socket.receive()
                if message.type is not aiohttp.WSMsgType.TEXT:
                    raise OperationFailed("the socket is closed")
                if not message.data.startswith("{"):
                    raise OperationFailed("garbage")
                event = message.json()
                if event["type"].endswith("transcription.completed"):
                    return {"heard": event["transcript"]}


def played(write: Write, steps: str, head: str = "agent: []") -> Any:
    (plan,) = write(f"{head}\nsteps:\n  - anna: hears nothing\n{steps}  - clock: {{waits: 1m}}\n")
    (outcome,) = tour([plan], Talker)
    return outcome


def results(outcome: Any) -> list[Any]:
    return [
        entry.data.get("result") or entry.data.get("error")
        for entry in outcome.journal
        if entry.kind in ("rpc", "error")
    ]


SAY = "  - app: {rpc: {method: say, params: {text: Hello.}}}\n"
LISTEN = "  - app: {rpc: {method: listen, params: {text: Hello.}}}\n"
SAID, HEARD = {"said": "Hello."}, {"heard": "Hello."}


def failing(step: str, error: str) -> str:
    """A step that ends in this error."""
    return f"{step}  - expect: {{error: {{contains: {error}}}}}\n"


@pytest.mark.parametrize(
    ("head", "there"),
    [
        ("seed: 1", False),
        ("agent: []", True),
        ("app: {streaming: {enabled: true}}", True),
        ("app: {realtime: {enabled: true}}", True),
    ],
)
def test_a_plan_that_speaks_has_them(write: Write, head: str, there: bool) -> None:
    outcome = played(write, "  - app: {rpc: {method: keys}}\n", head)
    assert titles(outcome) == []
    assert results(outcome) == [{"keys": [there, there]}]


def test_they_speak_and_listen(write: Write) -> None:
    outcome = played(write, SAY + LISTEN)
    assert titles(outcome) == []
    assert results(outcome) == [SAID, HEARD]


def test_the_same_seed_is_the_same_run(write: Write) -> None:
    steps = "  - net: {tamper: next tts}\n  - net: {delay: stt, by: {between: [0s, 2s]}, chance: 50%}\n"
    (plan,) = write(
        f"agent: []\nsteps:\n  - anna: hears nothing\n{steps}{SAY}{LISTEN}{SAY}{LISTEN}  - clock: {{waits: 1m}}\n"
    )
    (outcome,) = tour([plan], Talker, options=Options(check_determinism=True))
    assert titles(outcome) == []
    assert len(results(outcome)) == 4


WRONG = [
    ("drop: next tts", SAY, "ClientPayloadError", SAID),
    ("tamper: next tts", SAY, None, SAID),
    ("refuse: next tts", SAY, "status 500", SAID),
    ("refuse: next tts, status: 429", SAY, "status 429", SAID),
    ("delay: next tts, by: 30s", SAY, "TimeoutError", SAID),
    ("drop: next stt", LISTEN, "the socket is closed", HEARD),
    ("tamper: next stt", LISTEN, "garbage", HEARD),
    ("refuse: next stt, status: 401", LISTEN, "WSServerHandshakeError", HEARD),
    ("delay: next stt, by: 30s", LISTEN, "TimeoutError", HEARD),
    ("mute: next stt", LISTEN, "TimeoutError", HEARD),
]


@pytest.mark.parametrize(("fault", "step", "error", "good"), WRONG, ids=[fault for fault, *_ in WRONG])
def test_what_goes_wrong_goes_wrong_once(write: Write, fault: str, step: str, error: str | None, good: Any) -> None:
    once = step if error is None else failing(step, error)
    outcome = played(write, f"  - net: {{{fault}}}\n{once}{step}")
    assert titles(outcome) == []
    first, second = results(outcome)
    assert first != good
    assert second == good
    (entry,) = [entry for entry in outcome.journal if entry.kind == "fault"]
    what, which = fault.partition(",")[0].split(": next ")
    assert entry.data == {"fault": f"{what} {which}", "service": which}


def test_what_stands_stands_until_it_is_healed(write: Write) -> None:
    outcome = played(
        write, "  - net: {refuse: tts}\n" + failing(SAY, "status 500") * 3 + "  - net: {heal: tts}\n" + SAY
    )
    assert titles(outcome) == []
    assert results(outcome)[-1] == SAID


@pytest.mark.parametrize(("service", "step", "good"), [("tts", SAY, SAID), ("stt", LISTEN, HEARD)])
@pytest.mark.parametrize("heal", ["{heal: service}", "heal"])
def test_cut_and_healed(write: Write, service: str, step: str, good: Any, heal: str) -> None:
    healed = heal.replace("service", service)
    outcome = played(
        write, f"  - net: {{cut: {service}}}\n" + failing(step, "TimeoutError") + f"  - net: {healed}\n" + step
    )
    assert titles(outcome) == []
    assert results(outcome)[-1] == good


def test_a_cut_breaks_what_is_open(write: Write) -> None:
    long = LISTEN.replace("Hello.", "x" * 100)
    outcome = played(
        write,
        "  - net: {delay: stt, by: 10s}\n" + long + "  - net: {cut: stt, after: 2s}\n"
        "  - expect: {error: {contains: the socket is closed}}\n  - net: {heal: stt}\n" + LISTEN,
    )
    assert titles(outcome) == []
    assert results(outcome)[-1] == HEARD


def test_a_function_that_the_app_does_not_offer_is_a_failure(write: Write) -> None:
    class Asker(Talker):
        async def _listen(self, text: str) -> Mapping[str, Any]:
            body = {"model": "gpt-5", "messages": [{"role": "user", "content": text}]}
            headers = {"Authorization": f"Bearer {self.keys[0]}"}
            async with (
                aiohttp.ClientSession() as client,
                client.post(f"{OPENAI}/chat/completions", json=body, headers=headers) as response,
            ):
                return {"status": response.status}

    (plan,) = write(
        "agent: [{hears: hello, calls: {open_door: {}}}]\nsteps:\n  - anna: hears nothing\n"
        + LISTEN
        + "  - clock: {waits: 1m}\n"
    )
    (outcome,) = tour([plan], Asker)
    assert rules(outcome) == ["the agent has a reply"]
    assert titles(outcome) == ["the agent is to call `open_door`, and the application offers no such function"]
