"""The AI services of a world together: one brain behind them all, and what goes wrong with speaking and listening."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Final

from aiohttp import web

from voicecall_sim.services.brain import Brain, Pair
from voicecall_sim.services.elevenlabs import HOSTS as ELEVENLABS_HOSTS
from voicecall_sim.services.elevenlabs import ElevenLabsService
from voicecall_sim.services.openai import HOSTS as OPENAI_HOSTS
from voicecall_sim.services.openai import OpenAIService
from voicecall_sim.services.trouble import Trouble
from voicecall_sim.world.surroundings import Surroundings

VENDORS: Final = ("openai", "elevenlabs")
"""Whose services there are, in the order of `AIServices.interfaces`."""


@dataclass(frozen=True, slots=True)
class Interface:
    """A vendor's interface, and the names of its hosts; port 443."""

    vendor: str
    app: web.Application
    hosts: Sequence[str]


class AIServices:
    """Every vendor's service, each with an account of its own, made when it is asked for.

    `troubles` are by the word of scenarios.
    """

    def __init__(self, surroundings: Surroundings, pairs: Sequence[Pair] = ()) -> None:
        self.brain = Brain(surroundings, pairs)
        self.tts = Trouble("tts", surroundings.journal)
        self.stt = Trouble("stt", surroundings.journal)
        self._surroundings = surroundings

    @cached_property
    def openai(self) -> OpenAIService:
        """OpenAI's."""
        return OpenAIService(self._surroundings, self.brain, tts=self.tts, stt=self.stt)

    @cached_property
    def elevenlabs(self) -> ElevenLabsService:
        """ElevenLabs'."""
        return ElevenLabsService(self._surroundings, tts=self.tts)

    @property
    def troubles(self) -> Mapping[str, Trouble]:
        """What goes wrong with speech and with listening."""
        return {"tts": self.tts, "stt": self.stt}

    def secrets(self) -> Mapping[str, str]:
        """What must never be seen, by name."""
        return {"openai.key": self.openai.key, "elevenlabs.key": self.elevenlabs.key}

    def interfaces(self) -> Sequence[Interface]:
        """What is to be mounted."""
        return (
            Interface("openai", self.openai.app(), OPENAI_HOSTS),
            Interface("elevenlabs", self.elevenlabs.app(), ELEVENLABS_HOSTS),
        )

    def heal(self) -> None:
        """Nothing is cut off any more."""
        for trouble in self.troubles.values():
            trouble.heal()
