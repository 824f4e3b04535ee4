"""`voicecall-sim` with Tin Can among the carriers: what its two `CARRIERS` lines would do.

python -m tests.tincan run tests/tincan/hello.scenario.yaml --carrier tincan
"""

from __future__ import annotations

from tests.tincan.joined import join
from voicecall_sim.cli import main

if __name__ == "__main__":
    join()
    main()
