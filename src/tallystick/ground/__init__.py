"""Ground: the values that every floor speaks in. No I/O.

Clauses: 5-14 (vocabulary).
Enters:  plain numbers and strings.
Leaves:  Amount, Clock, Fact, Secret, identifiers, canonical JSON, the three error families, limits.
Refuses: NotAnIdentifier, Misconfigured amounts, Defect for what cannot be canonical.
Proof:   tests/rooms/ground, tests/properties/test_canonical.py.
"""
