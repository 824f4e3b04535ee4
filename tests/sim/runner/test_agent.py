"""The scripted brain, asked over the emulated chat endpoint by a small application."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import aiohttp
import pytest

from voicecall_sim.runner.tour import tour
from voicecall_sim.subjects.subject import OperationFailed

from .conftest import Write, rules, titles
from .fake_app import FakeApp


class Thinker(FakeApp):
    """`rpc: {method: think, params: {text: }}` asks the model."""

    def __init__(self, *, agent: bool = False, openai_key: str | None = None, **_: object) -> None:
        super().__init__()
        self.key = openai_key

    async def request(self, door: str, payload: Mapping[str, Any]) -> Mapping[str, Any]:
        return await self.host.call(self._think(payload["params"]["text"]))

    async def _think(self, text: str) -> Mapping[str, Any]:
        body = {"model": "gpt", "messages": [{"role": "user", "content": text}]}
        headers = {"Authorization": f"Bearer {self.key}"}
        url = "https://api.openai.com/v1/chat/completions"
        async with aiohttp.ClientSession() as session, session.post(url, json=body, headers=headers) as response:
            answer = await response.json()
        if response.status != 200:
            raise OperationFailed(answer["error"]["message"])
        return {"reply": answer["choices"][0]["message"]["content"]}


def thought(write: Write, steps: str, agent: str = "agent: [{hears: weather, replies: It rains.}]") -> Any:
    (plan,) = write(f"{agent}\nsteps:\n  - anna: hears nothing\n{steps}  - clock: {{waits: 1m}}\n")
    (outcome,) = tour([plan], Thinker)
    return outcome


def ask(text: str) -> str:
    return f"  - app: {{rpc: {{method: think, params: {{text: {text}}}}}}}\n"


def replies(outcome: Any) -> list[tuple[int, str]]:
    return [(entry.at, entry.data["result"]["reply"]) for entry in outcome.journal if entry.kind == "rpc"]


def test_a_pair_replies(write: Write) -> None:
    outcome = thought(write, ask("How is the weather?"))
    assert titles(outcome) == []
    assert replies(outcome) == [(20_000, '{"spoken": "It rains."}')]


def test_what_no_pair_matches_is_a_failure_that_names_the_nearest(write: Write) -> None:
    outcome = thought(write, ask("Whether or not?"))
    assert rules(outcome) == ["the agent has a reply"]
    assert titles(outcome) == ["no pair of `agent:` matches 'Whether or not?'; the nearest pair hears weather"]


def test_it_can_be_slow_and_fail_and_learn(write: Write) -> None:
    outcome = thought(write, "  - agent: {slow: 5s}\n" + ask("the weather"))
    assert replies(outcome)[0][0] == 5_020_000
    outcome = thought(write, "  - agent: {replies: The sun shines., hears: weather}\n" + ask("the weather"))
    assert replies(outcome)[0][1] == '{"spoken": "The sun shines."}'
    outcome = thought(
        write,
        "  - agent: fails\n"
        + ask("weather")
        + "  - expect: {error: {contains: server had an error}}\n"
        + ask("weather"),
    )
    assert titles(outcome) == []
    assert len(replies(outcome)) == 1


def test_it_can_fail_always(write: Write) -> None:
    error = "  - expect: {error: {contains: server had an error}}\n"
    outcome = thought(write, "  - agent: {fails: always}\n" + (ask("weather") + error) * 3)
    assert titles(outcome) == []
    assert replies(outcome) == []


def test_without_an_agent_there_is_no_model(write: Write) -> None:
    outcome = thought(write, ask("weather") + "  - expect: {error: {contains: api.openai.com}}\n", agent="seed: 1")
    assert titles(outcome) == []


@pytest.mark.parametrize("step", ["never: {request: {host: api.openai.com}}, for: 10s"])
def test_requests_to_services_have_their_host(write: Write, step: str) -> None:
    outcome = thought(write, ask("weather") + f"  - expect: {{{step}}}\n")
    assert titles(outcome) == ["request {host: api.openai.com} was never to be, but it was"]
