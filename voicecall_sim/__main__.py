"""`python -m voicecall_sim` is `voicecall-sim`."""

from voicecall_sim.cli import main

if __name__ == "__main__":
    main(prog_name="voicecall-sim")
