"""The second world, its doors and its interface; on a virtual loop, as time is the loop's business."""

from __future__ import annotations

import base64
import json
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import aiohttp
import pytest

from voicecall_sim.carriers import CARRIERS
from voicecall_sim.serving.doors import Address, PortTaken, opened, variable
from voicecall_sim.serving.second_world import SecondWorld, second_world
from voicecall_sim.world.world import World

NUMBER = "+15550001234"
NAME = next(iter(CARRIERS))


@dataclass(frozen=True)
class Visit:
    """A world whose doors are open, and somebody at the interface."""

    world: SecondWorld
    address: Address
    http: aiohttp.ClientSession

    async def ask(self, method: str, path: str, body: Any = None) -> tuple[int, Any]:
        """A request to the interface: the status and the answer."""
        async with self.http.request(method, self.address.admin + path, json=body) as answer:
            text = await answer.text()
            return answer.status, json.loads(text) if answer.content_type == "application/json" else text

    async def well(self, method: str, path: str, body: Any = None) -> Any:
        """The answer to a request that has to succeed."""
        status, answer = await self.ask(method, path, body)
        assert status in (200, 201), answer
        return answer

    async def journal(self, query: str = "") -> list[dict[str, Any]]:
        """The journal as the interface tells it."""
        return [json.loads(line) for line in (await self.well("GET", f"/journal{query}")).splitlines()]


@asynccontextmanager
async def visiting() -> AsyncIterator[Visit]:
    """A second world with one carrier, open."""
    world = second_world([CARRIERS[NAME]], seed=7)
    world.carriers[NAME].own(NUMBER)
    await world.start()
    try:
        async with opened(world, {NAME: 0}, 0) as address, aiohttp.ClientSession() as http:
            yield Visit(world, address, http)
    finally:
        await world.stop()


async def until(there: Visit, state: str) -> dict[str, Any]:
    """The only call, as soon as it is in that state."""
    while True:
        seen = len(there.world.journal)
        calls: list[dict[str, Any]] = await there.well("GET", "/calls")
        if calls and calls[0]["state"] == state:
            return calls[0]
        await there.journal(f"?after={seen - 1}&wait=10s")


Visiting = Callable[[Visit], Coroutine[Any, Any, None]]


def visit(test: Visiting) -> Callable[[], None]:
    """A test that visits a second world."""

    def visited() -> None:
        async def main() -> None:
            async with visiting() as there:
                await test(there)

        World().run(main())

    visited.__name__ = test.__name__
    return visited


async def anna(there: Visit, **more: Any) -> None:
    await there.well("POST", "/people", {"name": "anna", "phone": "+15550005678"} | more)


async def called(there: Visit, twiml: str) -> None:
    """A call of the application to anna, placed at the carrier's door with the credentials that it tells."""
    (carrier,) = there.address.carriers
    account, token = carrier["settings"]["accountSid"], carrier["settings"]["authToken"]
    order = {"From": NUMBER, "To": "+15550005678", "Twiml": twiml}
    url = f"{carrier['url']}/2010-04-01/Accounts/{account}/Calls.json"
    basic = base64.b64encode(f"{account}:{token}".encode()).decode()
    async with there.http.post(url, data=order, headers={"Authorization": f"Basic {basic}"}) as answer:
        assert answer.status == 201, await answer.text()


# --- addresses --------------------------------------------------------------------------------------------------


@visit
async def test_carriers_tell_where_they_are_and_what_to_set(there: Visit) -> None:
    (carrier,) = await there.well("GET", "/carriers")
    assert carrier == there.address.carriers[0]
    settings = carrier["settings"]
    assert carrier["environment"] == {
        f"VOICECALL_{NAME.upper()}_API_URL": carrier["url"],
        f"{NAME.upper()}_ACCOUNT_SID": settings["accountSid"],
        f"{NAME.upper()}_AUTH_TOKEN": settings["authToken"],
    }


@visit
async def test_ai_services_tell_where_they_are_and_what_to_set(there: Visit) -> None:
    services = await there.well("GET", "/services")
    assert services == list(there.address.services)
    openai, elevenlabs = services
    assert openai["settings"]["baseUrl"] == openai["url"] + "/v1"
    assert openai["environment"] == {
        "OPENAI_API_KEY": openai["settings"]["apiKey"],
        "OPENAI_BASE_URL": openai["url"] + "/v1",
        "OPENAI_TTS_BASE_URL": openai["url"] + "/v1",
    }
    assert elevenlabs["environment"] == {"ELEVENLABS_API_KEY": elevenlabs["settings"]["apiKey"]}
    assert elevenlabs["settings"]["baseUrl"] == elevenlabs["url"]


@pytest.mark.parametrize(("key", "name"), [("authToken", "ACME_AUTH_TOKEN"), ("id", "ACME_ID")])
def test_variables_are_named_as_usual(key: str, name: str) -> None:
    assert variable("acme", key) == name


def test_one_seed_gives_one_account() -> None:
    async def settings(seed: int) -> Any:
        return second_world([CARRIERS[NAME]], seed).carriers[NAME].settings()

    first, again, other = (World().run(settings(seed)) for seed in (1, 1, 2))
    assert first == again != other


@visit
async def test_a_port_that_is_taken_is_said_to_be(there: Visit) -> None:
    port = int(there.address.admin.rpartition(":")[2])
    with pytest.raises(PortTaken, match=f"port {port} of 127.0.0.1 cannot be opened"):
        async with opened(there.world, {NAME: 0}, port):
            pass


# --- calls ------------------------------------------------------------------------------------------------------


@visit
async def test_a_call_is_heard_and_told(there: Visit) -> None:
    await anna(there, answers={"after": "3s"})
    await called(there, "<Response><Say>Hello Anna.</Say><Pause length='2'/><Hangup/></Response>")
    heard = await there.well("POST", "/people/anna/hears", {"text": "Hello Anna.", "within": "10s"})
    assert heard["text"] == "Hello Anna."
    await there.journal("?after=-1&wait=1s")
    (call,) = await there.well("GET", "/calls")
    assert (call["direction"], call["state"], call["to"]) == ("outbound", "answered", "+15550005678")
    kinds = [entry["kind"] for entry in await there.journal()]
    assert kinds[:2] == ["call", "request"]


@visit
async def test_people_do_as_they_are_told(there: Visit) -> None:
    await anna(there, answers="when told")
    await called(there, "<Response><Gather numDigits='2' timeout='20'/><Say>Bye.</Say></Response>")
    await until(there, "ringing")
    for verb, body in [("answers", None), ("says", {"words": "One moment."}), ("presses", {"keys": "1w2"})]:
        await there.well("POST", f"/people/anna/{verb}", body)
    while "2" not in [entry["data"].get("keys") for entry in await there.journal()]:
        await there.journal(f"?after={len(there.world.journal) - 1}&wait=5s")
    await there.well("POST", "/people/anna/hangs-up")
    (call,) = await there.well("GET", "/calls")
    assert (call["state"], call["by"]) == ("ended", "anna")
    done = [(entry["kind"], entry["data"].get("text") or entry["data"].get("keys")) for entry in await there.journal()]
    assert [one for one in done if one[0] in ("said", "keys")] == [
        ("said", "One moment."),
        ("keys", "1"),
        ("keys", "2"),
    ]


@visit
async def test_habits_answer_what_is_heard(there: Visit) -> None:
    await anna(there, when=[{"hears": "press one", "presses": "1", "says": "Done.", "hangs up": True}])
    await called(there, "<Response><Say>Please press one now.</Say><Pause length='30'/></Response>")
    call = await until(there, "ended")
    assert call["by"] == "anna"
    assert "Done." in [entry["data"].get("text") for entry in await there.journal()]


@visit
async def test_somebody_calls_the_application(there: Visit) -> None:
    await anna(there)
    await there.well("POST", "/calls", {"person": "anna", "to": NUMBER, "shown": "anonymous"})
    call = await until(there, "ended")
    assert (call["direction"], call["from"], call["to"]) == ("inbound", "anonymous", NUMBER)


@visit
async def test_machines_have_telephones_too(there: Visit) -> None:
    menu = {"says": "For balances press 1.", "1": {"says": "Thank you."}}
    answer = await there.well(
        "POST", "/people", {"name": "bank", "phone": "+15550007777", "kind": "ivr", "options": {"menu": menu}}
    )
    assert answer == {"name": "bank", "phone": "+15550007777", "kind": "ivr", "calls": 0}
    assert await there.well("GET", "/people") == [answer]


@visit
async def test_an_account_gets_further_numbers(there: Visit) -> None:
    given = await there.well("POST", "/numbers", {"carrier": NAME, "number": "+15550009999"})
    assert given == {"carrier": NAME, "number": "+15550009999"}
    assert there.world.network.assigned("+15550009999")


# --- AI services ------------------------------------------------------------------------------------------------


async def asked(there: Visit, words: str) -> str:
    """What the model answers."""
    openai = there.address.services[0]
    body = {"model": "gpt-4o", "messages": [{"role": "user", "content": words}]}
    headers = {"Authorization": f"Bearer {openai['settings']['apiKey']}"}
    url = openai["settings"]["baseUrl"] + "/chat/completions"
    async with there.http.post(url, json=body, headers=headers) as answer:
        assert answer.status == 200, await answer.text()
        return str((await answer.json())["choices"][0]["message"]["content"])


@visit
async def test_the_brain_learns_answers(there: Visit) -> None:
    learned = await there.well("POST", "/agent", {"hears": "opening hours", "replies": "From nine.", "after": "2s"})
    assert learned == {"hears": "opening hours", "replies": "From nine."}
    await there.well("POST", "/agent", {"hears": "hours", "replies": "Which hours?"})
    clock = there.world.surroundings.clock
    began = clock.now()
    assert "From nine." in await asked(there, "What are your opening hours?")
    assert clock.now() - began >= 2_000_000
    assert "Which hours?" in await asked(there, "Hours?")


@visit
async def test_a_stream_may_be_at_this_machine(there: Visit) -> None:
    await anna(there)
    await called(there, "<Response><Connect><Stream url='ws://127.0.0.1:9/stream'/></Connect></Response>")
    await until(there, "ended")
    codes = [entry["data"]["code"] for entry in await there.journal() if entry["kind"] == "stream"]
    assert codes == [31902]  # tried, and nobody is there; elsewhere plain ws is a 31922


# --- the journal ------------------------------------------------------------------------------------------------


@visit
async def test_the_journal_goes_on_after_an_entry(there: Visit) -> None:
    await anna(there)
    await called(there, "<Response><Say>Hello.</Say></Response>")
    entries = await there.journal()
    assert [entry["index"] for entry in entries] == list(range(len(entries)))
    assert [entry["index"] for entry in await there.journal("?after=0")][:1] == [1]


@visit
async def test_waiting_for_more_ends_with_it_or_in_time(there: Visit) -> None:
    clock = there.world.surroundings.clock
    began = clock.now()
    assert await there.journal("?after=-1&wait=5s") == []
    assert 5_000_000 <= clock.now() - began < 5_100_000
    there.world.journal.write("app", "log", {"message": "here"})
    assert [entry["kind"] for entry in await there.journal("?after=-1&wait=5s")] == ["log"]
    assert clock.now() - began < 5_200_000


@visit
async def test_secrets_are_told_to_nobody_but_who_asks_for_them(there: Visit) -> None:
    token = there.address.carriers[0]["settings"]["authToken"]
    there.world.journal.write("app", "log", {"message": f"using {token}"})
    assert token not in str(await there.journal())


# --- mistakes ---------------------------------------------------------------------------------------------------

MISTAKES = [
    ("POST", "/people", {"name": "anna"}, 400, "phone: is missing"),
    (
        "POST",
        "/people",
        {"name": "bob", "phone": "+1555", "fone": 1},
        400,
        "fone: no such option; did you mean `phone`?",
    ),
    ("POST", "/people", {"name": "anna", "phone": "+15550001111"}, 400, "there is a anna already"),
    ("POST", "/people", {"name": "bob", "phone": "+15550005678"}, 400, "+15550005678 belongs to anna already"),
    ("POST", "/people", {"name": "bob", "phone": "+1", "kind": "robot"}, 400, "kind: 'robot' is nobody we know"),
    ("POST", "/people", {"name": "bob", "phone": "+1", "pickup": "maybe"}, 400, "pickup: 'maybe' is none of answers"),
    ("POST", "/people", {"name": "bob", "phone": "+1", "answers": {"after": 1.5}}, 400, "answers.after: 1.5 is not a"),
    ("POST", "/people", {"name": "bob", "phone": "+1", "rate": "fast"}, 400, "rate: 'fast' is no pace"),
    ("POST", "/people", {"name": "bob", "phone": "+1", "when": {}}, 400, "when: habits are a list"),
    ("POST", "/people", {"name": "bob", "phone": "+1", "when": [{"hears": "x"}]}, 400, "when.0: does nothing"),
    ("POST", "/people", {"name": "bob", "phone": "+1", "when": [{"says": "x"}]}, 400, "hears: is missing"),
    ("POST", "/people", [], 400, "body: [] is not an object"),
    ("POST", "/people/carol/says", {"words": "x"}, 400, "name: there is no 'carol'; there is anna"),
    ("POST", "/people/anna/sings", {}, 404, "nobody can do 'sings'; known: calls, answers"),
    ("POST", "/people/anna/says", {}, 400, "words: is missing"),
    ("POST", "/people/anna/says", {"words": "x"}, 409, "anna cannot speak: anna has no call"),
    ("POST", "/people/anna/presses", {"keys": "x"}, 400, "keys: 'x' cannot be pressed"),
    ("POST", "/people/anna/hears", {}, 400, "body: give either `contains` or `text`"),
    ("POST", "/people/anna/hears", {"contains": "x", "within": "1s"}, 408, "anna did not hear"),
    ("POST", "/numbers", {"carrier": "acme", "number": "+1"}, 400, "carrier: 'acme' is not here; known: "),
    ("POST", "/calls", {"person": "anna"}, 400, "to: is missing"),
    ("POST", "/agent", {"hears": "x"}, 400, "replies: is missing"),
    ("POST", "/agent", {"hears": "x", "replies": "y", "calls": "z"}, 400, "calls: no such option"),
    ("GET", "/journal?after=x", None, 400, "after: 'x' is not the index of an entry"),
    ("GET", "/journal?after=-2", None, 400, "after: '-2' is not the index of an entry"),
    ("GET", "/journal?wait=x", None, 400, "wait: 'x' is not a duration"),
]


@pytest.mark.parametrize(("method", "path", "body", "status", "sentence"), MISTAKES)
def test_mistakes_are_answered_with_a_sentence(method: str, path: str, body: Any, status: int, sentence: str) -> None:
    async def mistake(there: Visit) -> None:
        await anna(there)
        answered, answer = await there.ask(method, path, body)
        assert answer["error"].startswith(sentence)
        assert answered == status

    visit(mistake)()


@pytest.mark.parametrize(
    ("headers", "data", "status"),
    [
        ({"Host": "evil.example"}, "{}", 403),
        ({"Content-Type": "text/plain"}, '{"name": "anna"}', 400),
        ({"Content-Type": "application/json"}, "{", 400),
    ],
)
def test_what_a_foreign_page_could_send_is_refused(headers: dict[str, str], data: str, status: int) -> None:
    async def strange(there: Visit) -> None:
        async with there.http.post(f"{there.address.admin}/people", headers=headers, data=data) as answer:
            assert answer.status == status
            assert (await answer.json())["error"]
        assert there.world.people == {}

    visit(strange)()
