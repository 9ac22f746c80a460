"""The provider's own API over HTTP: sealed in, sealed out.

Clauses: 7.1, 11.
Enters:  requests as docs/reference/wire.md has them.
Leaves:  sealed answers, or problem details with one code.
Refuses: TooLong, UnsupportedMedia, and what the platform refuses before a device is recognised.
Proof:   tests/journeys, tests/attacks.
"""

from tallystick.serve.api.edge import application
from tallystick.serve.api.problems import TooLong, UnsupportedMedia

__all__ = ["TooLong", "UnsupportedMedia", "application"]
