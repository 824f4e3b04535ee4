"""The fake daemon of Tailscale as a real program: `python -m voicecall_sim.tunnels.tailscaled`."""

from __future__ import annotations

import sys
from collections.abc import Sequence


def main(argv: Sequence[str]) -> int:
    """Run it."""
    from voicecall_sim.tunnels import executable

    return executable.tailscaled(argv)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
