"""Protect: runs the services that the security policy asks for.

Clauses: 6.2.2, 7, 8, 10, 11, 12, 13, 14, Annex B.
Enters:  a SecurityPolicy, a crypto module, books; sealed messages.
Leaves:  Settlements: what was decided, with the facts behind it.
Refuses: whatever the policy does not allow.
Proof:   tests/rooms/protect, tests/journeys, tests/attacks.
"""
