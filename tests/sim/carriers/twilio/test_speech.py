"""Say, Play, Pause, Redirect, Hangup: what is heard, and when."""

from __future__ import annotations

import pytest

from tests.tools.twilio_world import Answer, Phone, Stage, staged

ANSWERED = 1.4


def talk(stage: Stage, document: str) -> Phone:
    anna = stage.phone(answers_after=1.0)
    stage.app.answers["/voice"] = document
    stage.place()
    return anna


@staged
async def test_verbs_follow_each_other_in_time(stage: Stage) -> None:
    anna = talk(stage, '<Say>One</Say><Pause length="3"/><Say>Two</Say><Hangup/><Say>Never</Say>')
    assert await stage.ended() == ("normal", "app")
    assert anna.words == ["One", "Two"]
    (first, _), (second, _) = anna.heard
    # 3 bytes of 60 ms, after three seconds
    assert second - first == pytest.approx(3.18)
    assert anna.gone_at == pytest.approx(second)


@staged
async def test_the_end_of_the_document_hangs_up_at_once(stage: Stage) -> None:
    anna = talk(stage, "<Say>Bye</Say>")
    await stage.over()
    assert anna.gone_at == pytest.approx(anna.heard[-1][0])
    assert anna.gone.by == "app"


@pytest.mark.parametrize(("loop", "times"), [("2", 2), ("1", 1), ("0", 1000)])
@staged
async def test_loops(stage: Stage, loop: str, times: int) -> None:
    anna = talk(stage, f'<Say loop="{loop}">Hi</Say>')
    await stage.over()
    assert anna.words == ["Hi"] * times


@staged
async def test_ssml_is_heard_as_its_text_with_its_breaks(stage: Stage) -> None:
    anna = talk(stage, '<Say voice="Polly.Joanna">Hello <break time="2s"/><prosody rate="90%">dear</prosody> you</Say>')
    await stage.over()
    assert anna.words == ["Hello", "dear you"]
    (first, _), (second, _) = anna.heard
    assert second - first == pytest.approx(2 + 8 * 0.06)


@staged
async def test_letters_of_several_bytes_take_their_time(stage: Stage) -> None:
    anna = talk(stage, "<Say>¿Qué?</Say>")
    await stage.over()
    assert anna.words == ["¿Qué?"]


@staged
async def test_a_file_lasts_as_its_header_says(stage: Stage) -> None:
    pcm = b"\0" * 16_000
    header = b"RIFF" + (36 + len(pcm)).to_bytes(4, "little") + b"WAVEfmt " + (16).to_bytes(4, "little")
    form = b"".join(n.to_bytes(size, "little") for n, size in ((1, 2), (1, 2), (8000, 4), (16000, 4), (2, 2), (16, 2)))
    body = header + form + b"data" + len(pcm).to_bytes(4, "little") + pcm
    stage.app.answers["/hello.wav"] = Answer(body, type="audio/x-wav")
    anna = talk(stage, '<Play loop="2">/hello.wav</Play><Say>Done</Say>')
    await stage.over()
    assert [name for _, name in anna.sounds] == ["hello.wav", "hello.wav", "speech"]
    assert anna.sounds[1][0] - anna.sounds[0][0] == pytest.approx(1)
    (asked,) = stage.app.at("/hello.wav")
    assert (asked.method, asked.params) == ("GET", {})
    assert "X-Twilio-Signature" in asked.headers


@staged
async def test_digits_are_pressed_with_their_pauses(stage: Stage) -> None:
    anna = talk(stage, '<Play digits="1w2W3"/><Say>Done</Say>')
    await stage.over()
    assert anna.keys == "123"
    # three keys of 0.2 s, half a second, a second, and four letters
    assert anna.heard[0][0] - ANSWERED == pytest.approx(0.6 + 1.5 + 0.24, abs=0.05)


@staged
async def test_a_redirect_goes_on_with_another_document(stage: Stage) -> None:
    stage.app.answers["/dir/b"] = "<Redirect method='GET'>c?x=1</Redirect><Say>Never</Say>"
    stage.app.answers["/dir/c"] = "<Say>Here</Say>"
    anna = talk(stage, "<Redirect>/dir/b</Redirect>")
    await stage.over()
    assert anna.words == ["Here"]
    assert [r.method for r in stage.app.received if r.path.startswith("/dir")] == ["POST", "GET"]


@staged
async def test_prompts_of_a_gather_are_fetched_before_they_play(stage: Stage) -> None:
    stage.app.answers["/a.ulaw"] = Answer(b"x" * 8000, type="audio/ulaw", after=2)
    anna = talk(stage, "<Gather timeout='1'><Say>First</Say><Play>/a.ulaw</Play><Pause/></Gather>")
    await stage.over()
    assert [name for _, name in anna.sounds] == ["speech", "a.ulaw"]
    assert anna.sounds[1][0] - anna.sounds[0][0] == pytest.approx(0.3)


@pytest.mark.parametrize(
    ("verb", "noun"), [("Connect", "ConversationRelay"), ("Start", "Transcription"), ("Stop", "Siprec")]
)
@staged
async def test_what_is_not_emulated_is_said_loudly(stage: Stage, verb: str, noun: str) -> None:
    anna = talk(stage, f"<Say>One</Say><{verb}><{noun}/></{verb}><Say>Never</Say>")
    assert await stage.ended() == ("normal", "carrier")
    assert anna.words == ["One"]
    (entry,) = stage.written("debug")
    assert entry.data["level"] == "error"
    assert f"<{verb}><{noun}>" in entry.data["message"]
