"""An ear that remembers what it heard, for tests."""

from __future__ import annotations

from tests.sdk.speech.stage import KEY, now
from voicecall_sdk.speech.openai_stt import OpenAIRecognizer
from voicecall_sdk.speech.settings import ListeningSettings
from voicecall_sdk.speech.vendor import Final, Recognized

LOUD = bytes(range(160))
SETTINGS = ListeningSettings(api_key=KEY, language="it", silence=0.65, vad_threshold=0.0, prompt="names of dishes")


class Ear(OpenAIRecognizer):
    """A recognizer that keeps what it was told, and when."""

    def __init__(self, settings: ListeningSettings = SETTINGS) -> None:
        self.heard: list[Recognized] = []
        self.times: list[float] = []
        super().__init__(settings, self._note)

    def _note(self, event: Recognized) -> None:
        self.heard.append(event)
        self.times.append(now())

    @property
    def finals(self) -> list[str]:
        """The final texts."""
        return [event.text for event in self.heard if isinstance(event, Final)]


def frame(number: int) -> bytes:
    """A loud frame that can be told from others."""
    return bytes([number % 100]) * 160
