"""Remote: a payment cryptography service of another house, behind the port of our own module.

Clauses: 8, Annex C (ISO 13491: what another device does is what its operator states of it).
Enters:  calls that name keys by our handles; an access key; what its operator states.
Leaves:  requests with Signature Version 4 in the words of AWS Payment Cryptography; its answers.
Refuses: Misconfigured for addresses without TLS, NotOffered for what does not cross that wire,
         ModuleUnavailable when nobody answers.
Proof:   tests/rooms/backends/remote.
"""

from tallystick.backends.remote.module import RemoteModule
from tallystick.backends.remote.service import RemoteService

__all__ = ["RemoteModule", "RemoteService"]
