"""Assembly: the only room that knows both a service and its backend.

Clauses: 6.2.3, 7.1.
Enters:  a SecurityPolicy and a home directory.
Leaves:  a Platform, ready to be served; the findings of a check of its home.
Refuses: Misconfigured for homes that are in use, readable by others or of another service;
         RangeRefused.
Proof:   tests/journeys, tests/rooms/assembly.
"""

from tallystick.assembly.audit import HomeFinding, check_home
from tallystick.assembly.journeys import JOURNEYS
from tallystick.assembly.platform import (
    Platform,
    RangeRefused,
    open_platform,
    origin_of,
    trust_anchor,
)
from tallystick.assembly.recording import BooksAltered, record_audit

__all__ = [
    "JOURNEYS",
    "BooksAltered",
    "HomeFinding",
    "Platform",
    "RangeRefused",
    "check_home",
    "open_platform",
    "origin_of",
    "record_audit",
    "trust_anchor",
]
