"""OpenAI's HTTP interface at `api.openai.com`, with a scripted brain behind it."""

from voicecall_sim.services.openai.service import HOSTS, OpenAIService

__all__ = ["HOSTS", "OpenAIService"]
