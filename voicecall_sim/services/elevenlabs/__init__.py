"""ElevenLabs' HTTP interface at `api.elevenlabs.io`: text to speech."""

from voicecall_sim.services.elevenlabs.service import HOSTS, ElevenLabsService

__all__ = ["HOSTS", "ElevenLabsService"]
