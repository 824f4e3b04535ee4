"""What every emulated carrier keeps, as a check to run on a new one: `check_emulator(emulator, customer)`.

Each rule has a world of its own, with the carrier, somebody to be called, and an application that does what its
author's `Customer` says. All breaches are told at once, in one `ContractBroken`.
"""

from voicecall_sim.carriers.contract.checking import RULES, ContractBroken, breaches, check_emulator
from voicecall_sim.carriers.contract.customer import Customer, Reply, Request

__all__ = ["RULES", "ContractBroken", "Customer", "Reply", "Request", "breaches", "check_emulator"]
