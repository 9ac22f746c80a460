"""Crossing: another shard's half of a payment is credited here, and its answer resolves ours.

Clauses: 6.2.3, 13.
Enters:  orders of other shards, each with a leaf that was proven against the other's evidence log.
Leaves:  a credit from the clearing account; a hold that is posted or voided, once.
Refuses: CrossingRefused, PayeeUnknown, PayeeMismatch, and what the rooms on the way refuse.
Proof:   tests/journeys/test_shards.py, tests/storm/test_crossings.py.
"""

from tallystick.protect.crossing.halves import CrossingRefused
from tallystick.protect.crossing.money import credit, resolve

__all__ = ["CrossingRefused", "credit", "resolve"]
