"""Shards: the link between two shards of one service, and the courier that carries halves over it.

Clauses: 6.2.3, 13.
Enters:  halves of other shards; our own that are under way.
Leaves:  receipts of what was credited or refused.
Refuses: LinkRefused; what does not prove itself is answered with null.
Proof:   tests/rooms/serve/shards, tests/storm/test_crossings.py.
"""

from tallystick.serve.shards.courier import Courier
from tallystick.serve.shards.link import BATCH_MAX, HALVES, application
from tallystick.serve.shards.membership import read_shards

__all__ = ["BATCH_MAX", "HALVES", "Courier", "application", "read_shards"]
