"""Rehearsal: the whole loop on one machine, with nothing faked.

Clauses: 9 (security evaluation and certification).
Enters:  a service file and a folder to work in.
Leaves:  scenes and trials as they went, a verified certificate, the report.
Refuses: Misconfigured for the file or the folder; Defect when the service does not open.
Proof:   tests/house/test_readme.py, which runs the first command of the README.
"""

from tallystick.cli.rehearsal.cast import APPLICATION, tiers_by_size
from tallystick.cli.rehearsal.closing import Closed, close
from tallystick.cli.rehearsal.server import LiveService
from tallystick.cli.rehearsal.story import Rehearsed, read_names, rehearse

__all__ = [
    "APPLICATION",
    "Closed",
    "LiveService",
    "Rehearsed",
    "close",
    "read_names",
    "rehearse",
    "tiers_by_size",
]
