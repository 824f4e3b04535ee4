"""Conferences: who hears whom, when they begin and end, what is told, and what REST does with members."""

from __future__ import annotations

from tests.tools.plivo_world import ANNA, APP, BOB, Phone, Stage, staged

CARL = "+16175550100"


def room(**attributes: str) -> str:
    """A document with a conference."""
    written = " ".join(f'{name}="{value}"' for name, value in attributes.items())
    return f'<Conference callbackUrl="{APP}/room" {written}>standup</Conference><Speak>You are out.</Speak>'


async def together(stage: Stage, **numbers: str) -> list[Phone]:
    """These are called one after the other, each with its document at a path of its name."""
    phones = []
    for name, number in numbers.items():
        phones.append(stage.phone(number, name, answers_after=0.5))
        await stage.place(to=number, answer_url=f"{APP}/{name}")
        await stage.wait(3)
    return phones


@staged
async def test_everybody_hears_everybody(stage: Stage) -> None:
    for name in ("anna", "bob", "carl"):
        stage.app.answers[f"/{name}"] = room(action=f"{APP}/left", redirect="false", enterSound="beep:1")
    anna, bob, carl = await together(stage, anna=ANNA, bob=BOB, carl=CARL)
    anna.says("good morning")
    await stage.wait(4)
    assert (bob.words, carl.words, anna.words) == (["good morning"], ["good morning"], [])
    assert [name for _, name in anna.sounds] == ["beep", "beep"]
    status, shown = await stage.rest("GET", "Conference/standup/")
    assert (status, shown["conference_member_count"], shown["members"][0]["member_id"]) == (200, "3", "1")
    status, told = await stage.rest("POST", "Conference/standup/Member/2/Mute/")
    assert (status, told["message"], told["member_id"]) == (202, "muted", ["2"])
    bob.says("nobody hears me")
    await stage.wait(4)
    assert carl.words == ["good morning"]
    assert (await stage.rest("POST", "Conference/standup/Member/3/Kick/"))[0] == 202
    await stage.wait(4)
    assert carl.words[-1] == "You are out."
    assert (await stage.rest("DELETE", "Conference/standup/"))[1]["message"] == "conference hung up"
    await stage.over()
    assert (await stage.rest("GET", "Conference/"))[1]["conferences"] == []
    actions = [(one.params["ConferenceAction"], one.params["ConferenceMemberID"]) for one in stage.app.at("/room")]
    assert sorted(actions) == sorted((action, member) for action in ("enter", "exit") for member in "123")
    assert [one.params["ConferenceMemberID"] for one in stage.app.at("/left")] == ["3"]


@staged
async def test_it_begins_with_whom_it_may_and_ends_with_its_host(stage: Stage) -> None:
    stage.app.answers["/anna"] = room(startConferenceOnEnter="false", digitsMatch="77")
    stage.app.answers["/bob"] = room(endConferenceOnExit="true", hangupOnStar="true")
    (anna,) = await together(stage, anna=ANNA)
    anna.says("is anybody there")
    await stage.wait(4)
    (bob,) = await together(stage, bob=BOB)
    assert bob.words == []
    anna.says("hello")
    anna.presses("77")
    await stage.wait(2)
    bob.presses("*")
    await stage.over()
    assert bob.words[0] == "hello"
    assert anna.words == ["You are out."]
    digits = [one.params for one in stage.app.at("/room") if one.params["ConferenceAction"] == "digits"]
    assert [told["ConferenceDigitsMatch"] for told in digits] == ["77"]


@staged
async def test_a_full_room_is_passed_over(stage: Stage) -> None:
    for name in ("anna", "bob"):
        stage.app.answers[f"/{name}"] = room(maxMembers="1")
    _, bob = await together(stage, anna=ANNA, bob=BOB)
    await stage.wait(2)
    assert bob.words == ["You are out."]
    assert (await stage.rest("DELETE", "Conference/"))[0] == 200
    await stage.over()


@staged
async def test_who_waits_is_entertained_until_there_is_company(stage: Stage) -> None:
    stage.app.answers["/anna"] = room(waitSound=f"{APP}/music", floorEvent="true")
    stage.app.answers["/bob"] = room(enterSound=f"{APP}/hello", relayDTMF="false")
    stage.app.answers["/music"] = '<Speak>Please wait.</Speak><Wait length="5"/>'
    stage.app.answers["/hello"] = "<Speak>Somebody came.</Speak>"
    (anna,) = await together(stage, anna=ANNA)
    await stage.wait(14)
    assert anna.words.count("Please wait.") >= 2
    (bob,) = await together(stage, bob=BOB)
    await stage.wait(3)
    waited = len(anna.words)
    anna.says("hello")
    await stage.wait(10)
    bob.presses("5")
    anna.presses("7")
    await stage.wait(2)
    assert anna.words[-1] == "Somebody came."
    assert len(anna.words) == waited
    assert (anna.keys, bob.keys) == ("", "7")
    actions = [one.params["ConferenceAction"] for one in stage.app.at("/room")]
    assert actions.count("floor") == 1
    assert (await stage.rest("DELETE", "Conference/"))[0] == 200
    await stage.over()


@staged
async def test_it_is_recorded_with_the_second_member_and_told_when_it_is_over(stage: Stage) -> None:
    for name in ("anna", "bob"):
        stage.app.answers[f"/{name}"] = room(
            record="true", recordFileFormat="wav", action=f"{APP}/left", endConferenceOnExit="true"
        )
    _, bob = await together(stage, anna=ANNA, bob=BOB)
    await stage.wait(5)
    bob.hangs_up()
    await stage.over()
    (told,) = [one.params for one in stage.app.at("/room") if one.params["ConferenceAction"] == "record"]
    assert told["RecordUrl"].endswith(".wav")
    assert int(told["RecordingDurationMs"]) >= 5000
    assert {one.params["RecordingID"] for one in stage.app.at("/left")} == {told["RecordingID"]}
    shown = (await stage.rest("GET", f"Recording/{told['RecordingID']}/"))[1]
    assert (shown["recording_type"], shown["conference_name"]) == ("conference", "standup")


@staged
async def test_rest_plays_and_records_in_a_conference(stage: Stage) -> None:
    for name in ("anna", "bob"):
        stage.app.answers[f"/{name}"] = room()
    _, bob = await together(stage, anna=ANNA, bob=BOB)
    status, told = await stage.rest("POST", "Conference/standup/Record/", callback_url=f"{APP}/recorded")
    assert (status, told["message"]) == (202, "conference recording started")
    status, played = await stage.rest("POST", "Conference/standup/Member/2/Play/", url=f"{APP}/file.mp3")
    assert (status, played["message"]) == (202, "play queued into conference")
    assert (await stage.rest("POST", "Conference/standup/Member/2/Play/"))[0] == 400
    await stage.wait(0.5)
    assert (await stage.rest("DELETE", "Conference/standup/Member/2/Play/"))[0] == 200
    assert (await stage.rest("POST", "Conference/standup/Member/2/Speak/", text="One two three four."))[0] == 202
    await stage.wait(0.3)
    assert (await stage.rest("DELETE", "Conference/standup/Member/2/Speak/"))[0] == 200
    assert (await stage.rest("DELETE", "Conference/standup/Record/"))[0] == 204
    await stage.wait(3)
    (recorded,) = stage.app.at("/recorded")
    assert recorded.params["RecordingID"] == told["recording_id"]
    assert "One two three four." not in bob.words
    assert (await stage.rest("DELETE", "Conference/standup/"))[0] == 200
    await stage.over()
