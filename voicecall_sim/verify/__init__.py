"""The signature regression battery, for any webhook endpoint: a URL, or an application in this process.

    from voicecall_sim.verify import verify_signatures

    def test_signatures():
        verify_signatures(app, carrier="acme", auth_token="…", public_url="https://voice.example.com/voice")

Each carrier's cases are tables in its folder; `voicecall-sim verify --list` prints them.
"""

from __future__ import annotations

from voicecall_sim.verify.hosting import SdkApp
from voicecall_sim.verify.judging import Expectations, Verdict, expectations
from voicecall_sim.verify.performing import Result
from voicecall_sim.verify.sending import Unreachable
from voicecall_sim.verify.testing import SignaturesWrong, verify_signatures

__all__ = [
    "Expectations",
    "Result",
    "SdkApp",
    "SignaturesWrong",
    "Unreachable",
    "Verdict",
    "expectations",
    "verify_signatures",
]
