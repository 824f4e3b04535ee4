"""What it costs to import the SDK and to ask its command for help, beside what its dependencies cost by themselves."""

from __future__ import annotations

import statistics
import subprocess
import sys
import sysconfig
import time
from pathlib import Path

RUNS = 9
SCRIPTS = Path(sysconfig.get_path("scripts"))
COMMANDS = {
    "python -c pass": [sys.executable, "-c", "pass"],
    "import voicecall_sdk": [sys.executable, "-c", "import voicecall_sdk"],
    "from voicecall_sdk import VoiceCall": [sys.executable, "-c", "from voicecall_sdk import VoiceCall"],
    "voicecall --help": [str(SCRIPTS / "voicecall"), "--help"],
    "voicecall-sim --help": [str(SCRIPTS / "voicecall-sim"), "--help"],
    "import aiohttp": [sys.executable, "-c", "import aiohttp"],
    "import pydantic": [sys.executable, "-c", "import pydantic"],
    "import openai": [sys.executable, "-c", "import openai"],
}


def once(command: list[str]) -> float:
    """Milliseconds of one run of a whole process."""
    began = time.perf_counter()
    subprocess.run(command, check=True, capture_output=True)
    return (time.perf_counter() - began) * 1000


def main() -> None:
    """Interleaved runs, so that a slow moment of the machine hits all alike."""
    taken: dict[str, list[float]] = {name: [] for name in COMMANDS}
    for _ in range(RUNS):
        for name, command in COMMANDS.items():
            taken[name].append(once(command))
    bare = statistics.median(taken["python -c pass"])
    aiohttp = statistics.median(taken["import aiohttp"]) - bare
    print(f"{'':38}{'median ms':>10}{'over bare python':>18}{'of aiohttp':>12}")
    for name, times in taken.items():
        own = statistics.median(times) - bare
        print(f"{name:38}{statistics.median(times):10.0f}{own:18.0f}{own / aiohttp:12.2f}")


if __name__ == "__main__":
    main()
