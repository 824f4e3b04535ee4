"""Tin Can, emulated: a carrier that does not exist."""

from tests.tincan.sim.carrier import emulator

__all__ = ["emulator"]
