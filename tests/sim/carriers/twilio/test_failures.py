"""Documents that cannot be had, read or executed: codes, fallback, canned message, hang-up."""

from __future__ import annotations

from typing import Any

import pytest

from tests.tools.twilio_world import APP, Answer, Phone, Received, Stage, staged, twiml
from voicecall_sim.carriers.twilio.account import Callback
from voicecall_sim.carriers.twilio.steps import CANNED


def talk(stage: Stage, answer: Any, **order: Any) -> Phone:
    anna = stage.phone(answers_after=1.0)
    stage.app.answers["/voice"] = answer
    stage.place(**order)
    return anna


BAD = {
    "500": (Answer("oops", status=500), 11200),
    "404": (Answer("oops", status=404), 11200),
    "redirect without a place": (Answer("", status=302), 11200),
    "204": (Answer("", status=204, type=None), 11200),
    "not xml": (Answer("<Response><Say>"), 12100),
    "html error page": (Answer("<html><body>x<br></body></html>", type="text/html"), 12100),
    "html that is xml": (Answer("<html/>", type="text/html"), 12102),
    "leading space": (Answer(" " + twiml("<Say>x</Say>")), 12100),
    "empty": (Answer(""), 12100),
    "empty and chunked": (Answer("", chunked=True), 11770),
    "other root": (Answer("<Reply/>"), 12102),
    "wrong case": (Answer("<response/>"), 12102),
    "version": (Answer('<Response version="7"/>'), 12101),
    "entities": (Answer('<!DOCTYPE r [<!ENTITY a "b">]><Response/>'), 12100),
    "encoding": (Answer(twiml("<Say>x</Say>"), type="text/xml; charset=klingon"), 12100),
    "json": (Answer("{}", type="application/json"), 12300),
    "no content type": (Answer(twiml("<Say>x</Say>"), type=None), 11200),
    "too large": (Answer(twiml("<Say>" + "x" * 70_000 + "</Say>")), 11750),
    "too large and chunked": (Answer(twiml("<Say>" + "x" * 70_000 + "</Say>"), chunked=True), 11750),
    "too late": (Answer(twiml("<Say>x</Say>"), after=16), 11200),
    "bad redirect": (Answer(twiml("<Redirect>ftp://x/y</Redirect>")), 11100),
    "unreachable redirect": (Answer(twiml("<Redirect>https://nowhere.example/</Redirect>")), 11210),
    "refused redirect": (Answer(twiml("<Redirect>https://app.example:9/</Redirect>")), 11205),
    "missing file": (Answer(twiml("<Play>/missing.wav</Play>")), 11200),
    "file of another kind": (Answer(twiml("<Play>/page</Play>")), 13420),
    "not emulated": (Answer(twiml("<Enqueue>x</Enqueue>")), 0),
}


@pytest.mark.parametrize("kind", BAD)
@staged
async def test_an_application_error_is_announced_and_hung_up_by_the_carrier(stage: Stage, kind: str) -> None:
    answer, code = BAD[kind]
    stage.app.answers["/missing.wav"] = Answer("", status=404)
    stage.app.answers["/page"] = Answer("<p/>", type="text/html")
    anna = talk(stage, answer)
    assert await stage.ended() == ("normal", "carrier")
    assert stage.codes == [code]
    assert anna.words == ([] if code == 0 else [CANNED])
    assert stage.statuses()[-1] == ("completed", 3)


@pytest.mark.parametrize("kind", [kind for kind in BAD if kind != "not emulated"])
@staged
async def test_with_a_fallback_the_call_goes_on(stage: Stage, kind: str) -> None:
    answer, code = BAD[kind]
    stage.app.answers |= {"/missing.wav": Answer("", status=404), "/page": Answer("<p/>", type="text/html")}
    stage.app.answers["/fallback"] = "<Say>Sorry, we are moving.</Say>"
    anna = talk(stage, answer, fallback=Callback(url=f"{APP}/fallback"))
    assert await stage.ended() == ("normal", "app")
    (asked,) = stage.app.at("/fallback")
    assert asked.params["ErrorCode"] == str(code)
    assert asked.params["ErrorUrl"]
    assert asked.params["CallStatus"] == "in-progress"
    assert anna.words == ["Sorry, we are moving."]


@staged
async def test_the_error_url_is_the_one_that_failed(stage: Stage) -> None:
    stage.app.answers["/fallback"] = "<Hangup/>"
    talk(stage, Answer("", status=500), fallback=Callback(url=f"{APP}/fallback"))
    await stage.over()
    assert stage.app.at("/fallback")[0].params["ErrorUrl"] == f"{APP}/voice"


@staged
async def test_a_fallback_that_fails_too_ends_the_call(stage: Stage) -> None:
    stage.app.answers["/fallback"] = Answer("", status=500)
    anna = talk(stage, Answer("", status=503), fallback=Callback(url=f"{APP}/fallback"))
    assert await stage.ended() == ("normal", "carrier")
    assert stage.codes == [11200, 11200]
    assert len(stage.app.at("/fallback")) == 1
    assert anna.words == [CANNED]


@staged
async def test_a_fallback_whose_document_fails_in_execution_ends_the_call(stage: Stage) -> None:
    stage.app.answers["/fallback"] = "<Play>/missing.wav</Play>"
    stage.app.answers["/missing.wav"] = Answer("", status=404)
    talk(stage, Answer("", status=500), fallback=Callback(url=f"{APP}/fallback"))
    assert await stage.ended() == ("normal", "carrier")
    assert len(stage.app.at("/fallback")) == 1


@staged
async def test_after_the_fallback_the_next_event_asks_the_primary_again(stage: Stage) -> None:
    stage.app.answers |= {
        "/fallback": '<Gather action="/next" numDigits="1"/>',
        "/next": Answer("", status=500),
    }
    anna = talk(stage, Answer("", status=500), fallback=Callback(url=f"{APP}/fallback"))
    await stage.wait(3)
    anna.presses("1")
    await stage.wait(3)
    anna.presses("1")
    await stage.wait(1)
    anna.hangs_up()
    await stage.over()
    assert [r.params["ErrorUrl"] for r in stage.app.at("/fallback")] == [f"{APP}/voice", f"{APP}/next", f"{APP}/next"]


@staged
async def test_an_inbound_call_that_fails_is_answered_for_the_message(stage: Stage) -> None:
    stage.app.answers["/voice"] = Answer("", status=500)
    anna = Phone(stage.now, None)
    stage.call_in(anna)
    assert await stage.ended() == ("normal", "carrier")
    assert anna.words == [CANNED]


INLINE = {
    "relative action": ('<Response><Gather action="/next"/></Response>', 15004),
    "relative redirect": ("<Response><Redirect>/next</Redirect></Response>", 15004),
    "own url": ("<Response><Redirect/></Response>", 11100),
    "record without action": ("<Response><Record/></Response>", 11100),
    "not xml": ("<Response>", 12100),
}


@pytest.mark.parametrize("kind", INLINE)
@staged
async def test_inline_documents_have_no_url_to_go_by(stage: Stage, kind: str) -> None:
    document, code = INLINE[kind]
    stage.phone(answers_after=1.0)
    stage.place(document)
    assert await stage.ended() == ("normal", "carrier")
    assert stage.codes == [code]


@staged
async def test_an_inline_gather_without_action_fails_only_when_there_is_input(stage: Stage) -> None:
    anna = stage.phone(answers_after=1.0)
    stage.place('<Response><Gather timeout="2"/><Say>On.</Say></Response>')
    await stage.over()
    assert anna.words == ["On."]
    assert stage.codes == []


UMLAUT = "<Response><Say>Ümläut</Say></Response>"

ACCEPTED = [
    (Answer(twiml("<Say>Yes</Say>"), type="application/xml"), ["Yes"]),
    (Answer(twiml("<Say>Yes</Say>"), type="text/html; charset=utf-8"), ["Yes"]),
    (Answer(twiml("<Say>Yes</Say>"), type="text/plain"), ["Yes"]),
    (Answer("Just  some\n words", type="text/plain"), ["Just some words"]),
    (
        Answer("<Response><Say>Ümläut</Say></Response>".encode("latin-1"), type='text/xml; charset="latin-1"'),
        ["Ümläut"],
    ),
    (Answer("<Response><!-- c --><Say>Yes</Say></Response>"), ["Yes"]),
]


@pytest.mark.parametrize(("answer", "words"), ACCEPTED)
@staged
async def test_what_else_is_understood(stage: Stage, answer: Answer, words: list[str]) -> None:
    anna = talk(stage, answer)
    assert await stage.ended() == ("normal", "app")
    assert anna.words == words


@staged
async def test_audio_is_played_and_hung_up(stage: Stage) -> None:
    anna = talk(stage, Answer(b"\xff" * 16_000, type="audio/ulaw"))
    assert await stage.ended() == ("normal", "app")
    (began,) = (at for at, name in anna.sounds if name == "voice")
    assert anna.gone_at == pytest.approx(began + 2)


WARNED = [
    ("<Shout>x</Shout>", 12200),
    ("<say>x</say>", 12200),
    ("Some text", 12200),
    ('<Say mood="sad">x</Say>', 12200),
    ("<Say/>", 13520),
    ('<Say loop="-1">x</Say>', 13510),
    ("<Say>" + "x" * 4097 + "</Say>", 13521),
    ('<Play loop="x" digits="1"/>', 13410),
    ('<Play digits="abc"/>', 13430),
    ('<Pause length="0"/>', 13910),
    ('<Gather timeout="0"/>', 13313),
    ('<Gather numDigits="0"/>', 13314),
    ('<Gather finishOnKey="12"/>', 13310),
    ('<Gather input="voice"/>', 13326),
    ('<Gather method="PUT"/>', 13312),
    ('<Gather speechTimeout="soon"/>', 13327),
    ("<Gather><Record/></Gather>", 13320),
    ('<Record timeout="x"/>', 13611),
    ('<Record maxLength="0"/>', 13612),
    ('<Record trim="yes"/>', 13699),
    ('<Redirect method="PUT">/done</Redirect>', 13710),
    ('<Reject reason="tired"/>', 13810),
    ("<Dial/>", 13223),
    ('<Dial timeout="1">+16175550199</Dial>', 13212),
    ('<Dial timeLimit="0">+16175550199</Dial>', 13216),
    ("<Dial><Say>x</Say></Dial>", 13215),
    ('<Dial><Number sendDigits="x">+16175550199</Number></Dial>', 13222),
]


@pytest.mark.parametrize(("inner", "code"), WARNED)
@staged
async def test_what_is_only_warned_of_does_not_stop_the_document(stage: Stage, inner: str, code: int) -> None:
    stage.app.answers["/done"] = "<Say>Done.</Say>"
    anna = talk(stage, f"{inner}<Say>Done.</Say>")
    await stage.over()
    assert code in stage.codes
    assert anna.words[-1] == "Done."
    assert all(entry.data["level"] == "warning" for entry in stage.written("debug"))


@staged
async def test_a_redirect_loop_of_documents_takes_time(stage: Stage) -> None:
    anna = talk(stage, "<Redirect/>")
    await stage.wait(2.4)
    anna.hangs_up()
    assert await stage.ended() == ("normal", "anna")
    assert 10 < len(stage.app.at("/voice")) < 100


@staged
async def test_a_bad_answer_to_a_status_callback_is_a_warning_and_no_more(stage: Stage) -> None:
    stage.app.answers["/status"] = Answer("", status=500)
    anna = talk(stage, "<Say>Hi</Say>", fallback=Callback(url=f"{APP}/fallback"))
    assert await stage.ended() == ("normal", "app")
    assert stage.codes == [15003] * 4
    assert stage.app.at("/fallback") == []
    assert anna.words == ["Hi"]


@staged
async def test_the_answer_to_a_status_callback_is_no_control_flow(stage: Stage) -> None:
    stage.app.answers["/status"] = "<Say>Nobody hears this</Say>"
    anna = talk(stage, "<Say>Hi</Say>")
    await stage.over()
    assert anna.words == ["Hi"]


@staged
async def test_a_late_answer_to_a_call_that_is_over_is_ignored(stage: Stage) -> None:
    def slow(request: Received) -> Answer:
        return Answer(twiml("<Say>Too late</Say>"), after=5)

    anna = talk(stage, slow)
    await stage.wait(3)
    anna.hangs_up()
    assert await stage.ended() == ("normal", "anna")
    assert [entry.data["status"] for entry in stage.written("webhook") if entry.data["kind"] == "voice"] == [200]
    assert anna.words == []
