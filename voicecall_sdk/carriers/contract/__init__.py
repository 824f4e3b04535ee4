"""What every carrier keeps, as a check to run on a new one: `check_carrier(carrier, samples)`.

A carrier is functions over values, so its contract can be tried without a call: the author hands in a few of the
carrier's own messages, and the rules of `RULES` do the rest. All breaches are told at once, in one `ContractBroken`.
"""

from voicecall_sdk.carriers.contract.checking import RULES, ContractBroken, breaches, check_carrier
from voicecall_sdk.carriers.contract.samples import Genuine, Samples

__all__ = ["RULES", "ContractBroken", "Genuine", "Samples", "breaches", "check_carrier"]
