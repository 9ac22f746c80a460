"""Testing: what others need to test a backend, a module or a journey of their own.

Clauses: 9 (evaluation).
Enters:  the books, modules and applications that are under test.
Leaves:  a policy and a list to test with, settlements, faults on demand, the conformance suite.
Refuses: whatever does not conform, by AssertionError.
Proof:   tests/conformance, tests/storm, tests/rooms/testing.
"""

from tallystick.testing.books import Fault, FaultyBooks, PowerLost
from tallystick.testing.conformance import BooksConformance, OpenBooks
from tallystick.testing.keys import MemoryKeyStore, local_bench, local_module
from tallystick.testing.master_conformance import MasterKeyConformance
from tallystick.testing.modules import FaultyModule
from tallystick.testing.names import LISTED_NAME, example_names
from tallystick.testing.notaries import Notary
from tallystick.testing.policies import CAPS_MINOR, STEP_UP_MINOR, example_policy, sealed_again
from tallystick.testing.settlements import (
    NOTES,
    marks_only,
    move,
    opening,
    registration,
    settle,
    wallet,
)
from tallystick.testing.signers import MemorySigners, TokenSignersConformance
from tallystick.testing.token_conformance import TokenKeysConformance
from tallystick.testing.token_stores import (
    MemoryTokenStore,
    TokenStoreConformance,
    token_row,
)
from tallystick.testing.transport import InProcess

__all__ = [
    "TokenKeysConformance",
    "TokenSignersConformance",
    "MemorySigners",
    "CAPS_MINOR",
    "LISTED_NAME",
    "NOTES",
    "STEP_UP_MINOR",
    "BooksConformance",
    "Fault",
    "FaultyBooks",
    "FaultyModule",
    "InProcess",
    "MemoryKeyStore",
    "local_bench",
    "local_module",
    "MasterKeyConformance",
    "Notary",
    "OpenBooks",
    "PowerLost",
    "example_names",
    "example_policy",
    "marks_only",
    "move",
    "opening",
    "MemoryTokenStore",
    "TokenStoreConformance",
    "token_row",
    "registration",
    "sealed_again",
    "settle",
    "wallet",
]
