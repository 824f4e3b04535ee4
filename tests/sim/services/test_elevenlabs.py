"""The emulated ElevenLabs: what it says, in which formats, what it refuses and how."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import aiohttp
import pytest

from tests.tools.ai_services import Vendors, with_vendors
from voicecall_sim.services.audio import understood
from voicecall_sim.services.elevenlabs.request import EMULATED, MODELS, OTHERS
from voicecall_sim.services.trouble import Mishap, times
from voicecall_sim.sound.g711 import RATE
from voicecall_sim.world.clock import MILLISECOND, SECOND

VOICE = "pMsXgVXv3BLzUgSXRplE"
URL = "https://api.elevenlabs.io/v1/text-to-speech"
TEXT = "Il tuo appuntamento è alle tre."


@asynccontextmanager
async def asked(
    vendors: Vendors,
    *,
    path: str = VOICE,
    form: str | None = "ulaw_8000",
    key: str | None = None,
    body: Any = None,
    **more: Any,
) -> AsyncIterator[aiohttp.ClientResponse]:
    """The answer to a request."""
    headers = {"xi-api-key": vendors.elevenlabs.key if key is None else key}
    query = {} if form is None else {"output_format": form}
    content = {"text": TEXT, **more} if body is None else body
    async with (
        aiohttp.ClientSession() as client,
        client.post(f"{URL}/{path}", json=content, headers=headers if key != "" else {}, params=query) as response,
    ):
        yield response


async def refused(vendors: Vendors, **changes: Any) -> tuple[int, Any]:
    """The status of a refusal, and the vendor's word for it or the place of the problem."""
    async with asked(vendors, **changes) as response:
        detail = (await response.json())["detail"]
        assert vendors.entries("request")[-1].data["status"] == response.status
        return response.status, detail["status"] if isinstance(detail, dict) else detail[0]["loc"]


@pytest.mark.parametrize("path", [VOICE, f"{VOICE}/stream"])
@pytest.mark.parametrize("form", [name for name, form in EMULATED.items() if form.rate % RATE == 0])
def test_it_speaks(form: str, path: str) -> None:
    @with_vendors()
    async def speak(vendors: Vendors) -> None:
        async with asked(vendors, path=path, form=form) as response:
            assert response.status == 200
            assert understood(await response.read(), EMULATED[form]) == TEXT
        (entry,) = vendors.entries("request")
        assert (entry.data["voice"], entry.data["output_format"]) == (VOICE, form)

    speak()


@pytest.mark.parametrize("form", ["pcm_22050", "pcm_44100"])
def test_other_rates_have_their_length(form: str) -> None:
    @with_vendors()
    async def speak(vendors: Vendors) -> None:
        async with asked(vendors, form=form) as response:
            size = len(await response.read())
        assert abs(EMULATED[form].duration(size) - len(TEXT.encode()) * 60 * MILLISECOND) < MILLISECOND

    speak()


@with_vendors()
async def test_the_stream_begins_before_the_whole_is_made(vendors: Vendors) -> None:
    async def first_byte(path: str) -> int:
        before = vendors.world.clock.now()
        async with asked(vendors, path=path) as response:
            await response.content.readexactly(1)
            return vendors.world.clock.now() - before

    assert await first_byte(f"{VOICE}/stream") < 300 * MILLISECOND < await first_byte(VOICE)


@with_vendors()
async def test_speed_is_heard(vendors: Vendors) -> None:
    sizes = []
    for speed in (0.7, 1.0, 1.2):
        async with asked(vendors, voice_settings={"speed": speed}) as response:
            sizes.append(len(await response.read()))
    assert sizes == sorted(sizes, reverse=True)
    assert 1.6 < sizes[0] / sizes[2] < 1.8


REFUSED: list[tuple[dict[str, Any], int, Any]] = [
    ({"key": ""}, 401, "needs_authorization"),
    ({"key": "sk_wrong"}, 401, "invalid_api_key"),
    ({"path": "Rachel"}, 404, "voice_not_found"),
    ({"form": None}, 400, "not_emulated"),
    ({"form": "opus_48000_64"}, 400, "not_emulated"),
    ({"form": "ulaw_16000"}, 422, ["query", "output_format"]),
    ({"body": {"model_id": "eleven_v3"}}, 422, ["body", "text"]),
    ({"body": []}, 422, ["body"]),
    ({"text": 12}, 422, ["body", "text"]),
    ({"text": "  "}, 400, "input_text_empty"),
    ({"text": "a" * 5001, "model_id": "eleven_v3"}, 400, "max_character_limit_exceeded"),
    ({"model_id": "eleven_multilingual_v2\xa0"}, 400, "invalid_uid"),
    ({"language_code": "it-IT"}, 400, "unsupported_language"),
    ({"language_code": "it", "model_id": "eleven_flash_v2"}, 400, "unsupported_language"),
    ({"voice_settings": {"stability": 1.1}}, 400, "invalid_voice_settings"),
    ({"voice_settings": {"similarity_boost": -1}}, 400, "invalid_voice_settings"),
    ({"voice_settings": {"speed": 1.5}}, 400, "invalid_voice_settings"),
    ({"voice_settings": {"style": "0.5"}}, 422, ["body", "voice_settings", "style"]),
    ({"voice_settings": {"use_speaker_boost": 1}}, 422, ["body", "voice_settings", "use_speaker_boost"]),
    ({"voice_settings": [1]}, 422, ["body", "voice_settings"]),
    ({"apply_text_normalization": "never"}, 422, ["body", "apply_text_normalization"]),
    ({"seed": 2**32}, 422, ["body", "seed"]),
]


@pytest.mark.parametrize(("changes", "status", "word"), REFUSED)
def test_what_is_wrong_is_refused(changes: dict[str, Any], status: int, word: Any) -> None:
    @with_vendors()
    async def ask(vendors: Vendors) -> None:
        assert await refused(vendors, **changes) == (status, word)

    ask()


@with_vendors()
async def test_what_is_right_is_not(vendors: Vendors) -> None:
    settings = {"stability": 0.5, "similarity_boost": 0.75, "style": 0, "use_speaker_boost": True, "speed": 1.0}
    async with asked(
        vendors,
        voice_settings=settings,
        seed=7,
        language_code="it",
        apply_text_normalization="auto",
        model_id="eleven_v3",
    ) as response:
        assert response.status == 200


def test_every_format_of_the_vendor_is_known() -> None:
    assert len(set(OTHERS) | set(EMULATED)) == len(OTHERS) + len(EMULATED)
    assert {"mp3_44100_128", "opus_48000_32"} <= set(OTHERS)
    assert all(limit >= 5000 for limit in MODELS.values())


@pytest.mark.parametrize(
    ("status", "answered", "word"),
    [(401, 401, "invalid_api_key"), (402, 401, "quota_exceeded"), (429, 429, "too_many_concurrent_requests"),
     (500, 500, "internal_server_error"), (503, 503, "system_busy")],
)  # fmt: skip
def test_it_can_refuse(status: int, answered: int, word: str) -> None:
    @with_vendors()
    async def ask(vendors: Vendors) -> None:
        vendors.elevenlabs.tts.add(Mishap(refuse=status), times(1))
        assert await refused(vendors) == (answered, word)

    ask()


@with_vendors()
async def test_it_can_be_slow_break_off_and_speak_garbage(vendors: Vendors) -> None:
    vendors.elevenlabs.tts.add(Mishap(delay=3 * SECOND), times(1))
    before = vendors.world.clock.now()
    async with asked(vendors) as response:
        whole = await response.read()
    assert vendors.world.clock.now() - before > 3 * SECOND
    for path in (VOICE, f"{VOICE}/stream"):
        vendors.elevenlabs.tts.add(Mishap(breaks_at=0.5), times(1))
        async with asked(vendors, path=path) as response:
            with pytest.raises(aiohttp.ClientPayloadError):
                await response.read()
    vendors.elevenlabs.tts.add(Mishap(garbled=True, chunk_delay=SECOND), times(1))
    async with asked(vendors, path=f"{VOICE}/stream") as response:
        noise = await response.read()
    assert len(noise) == len(whole)
    assert noise != whole


@with_vendors()
async def test_other_paths_and_no_json(vendors: Vendors) -> None:
    assert await refused(vendors, path="a/b/c") == (404, "not_found")
    headers = {"xi-api-key": vendors.elevenlabs.key}
    async with (
        aiohttp.ClientSession() as client,
        client.post(f"{URL}/{VOICE}?output_format=ulaw_8000", data=b"{", headers=headers) as response,
    ):
        assert response.status == 422
        assert (await response.json())["detail"][0]["type"] == "json_invalid"
