"""A speech-to-speech model that remembers what it told, for tests."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from pydantic import TypeAdapter

from tests.sdk.speech.stage import KEY, OpenAI, Session, playing, until
from voicecall_sdk.speech.openai_realtime import OpenAIRealtime
from voicecall_sdk.speech.settings import RealtimeSettings
from voicecall_sdk.speech.vendor import (
    Ready,
    RealtimeEvent,
    RealtimeTool,
)

SCHEMA = {"type": "object", "properties": {"day": {"type": "string"}}, "required": ["day"]}
TOOL = RealtimeTool(name="book", description="Books a table.", parameters=SCHEMA)
SETTINGS = RealtimeSettings(api_key=KEY, tools=(TOOL,), language="it", voice="marin", instructions="Be kind.")


class Model(OpenAIRealtime):
    """A model that keeps what it told."""

    def __init__(self, settings: RealtimeSettings = SETTINGS) -> None:
        self.told: list[RealtimeEvent] = []
        super().__init__(settings, self.told.append)

    async def tells(self, *events: RealtimeEvent) -> None:
        """Wait until exactly this was told since the last time."""
        await until(lambda: len(self.told) >= len(events))
        await asyncio.sleep(0.05)
        assert self.told == list(events)
        self.told.clear()


@asynccontextmanager
async def talking(settings: RealtimeSettings = SETTINGS) -> AsyncIterator[tuple[Model, Session, OpenAI]]:
    """An open model on an open service."""
    async with playing() as openai:
        model = Model(settings)
        await model.open()
        await model.tells(Ready())
        yield model, openai.session, openai
        await model.close()


def valid(kind: Any, event: Any) -> bool:
    """Whether the vendor's client could have sent this."""
    return bool(TypeAdapter(kind).validate_python(event, strict=True, extra="forbid"))


async def response(session: Session, status: str = "completed", output: Any = (), **more: Any) -> None:
    """The end of a response."""
    await session.say("response.done", response={"id": "r", "status": status, "output": list(output), **more})
