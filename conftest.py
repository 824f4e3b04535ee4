"""For every test: how long hypothesis searches, and an environment in which no real account can be reached."""

from __future__ import annotations

import os
from importlib.metadata import entry_points

from hypothesis import HealthCheck, settings

for profile, examples in {"ci": 100, "dev": 25, "deep": 5_000}.items():
    settings.register_profile(
        profile,
        max_examples=examples,
        deadline=None,  # the machine's load is no property of the code
        derandomize=profile != "deep",  # a search for the unknown has its time: HYPOTHESIS_PROFILE=deep
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.differing_executors],
    )
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "dev"))

SECRETS = ("TWILIO_", "TELNYX_", "PLIVO_", "OPENAI_", "ELEVENLABS_", "NGROK_", "VOICECALL_")
PROXIES = ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY")
for name in [name for name in os.environ if name.upper().startswith((*SECRETS, *PROXIES))]:
    del os.environ[name]

# ours by name where the project is not installed
OURS = [] if entry_points(group="pytest11", name="voicecall") else ["voicecall_sim.pytest_plugin"]
pytest_plugins = ["pytester", *OURS, "tests.garbage", "tests.oracle.genuineness"]
