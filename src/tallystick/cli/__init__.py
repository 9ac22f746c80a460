"""Command line: the verbs of the house, one command each.

Clauses: 6.2.1.
Enters:  arguments and files of the operator.
Leaves:  text, JSON or HTML; exit code 0 when everything that must hold holds, 1 when something was
         refused or does not hold, 2 when the operator can mend it.
Refuses: Misconfigured, with where and what is allowed.
Proof:   tests/rooms/cli, tests/house/test_readme.py.
"""

from tallystick.cli.entry import main

__all__ = ["main"]
