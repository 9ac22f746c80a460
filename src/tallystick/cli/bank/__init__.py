"""Bank: the treasury's desk for the files of the bank of the trust account.

Clauses: 13.
Enters:  bank files, a home, the treasury's handset.
Leaves:  orders signed by that handset; payment files, recalls, documents of days.
Refuses: Misconfigured, BankFileRefused, DeskRefused, and what the provider refuses.
Proof:   tests/rooms/cli/test_bank.py.
"""

from tallystick.cli.bank.commands import add_commands

__all__ = ["add_commands"]
