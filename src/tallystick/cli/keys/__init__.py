"""Keys: managed keys of a payment module from the command line, alone or in company.

Clauses: 8, Annex C (ISO 11568: key life cycle, dual control, split knowledge).
Enters:  a home, people's signing keys, request files, ceremony scripts and transcripts.
Leaves:  calls to the crypto module of the home; files that the next person signs.
Refuses: Misconfigured, and what the module refuses, in its words.
Proof:   tests/rooms/cli/test_keys.py, test_key_blocks_cli.py.
"""

from tallystick.cli.keys.asking import handle_of
from tallystick.cli.keys.commands import add_commands
from tallystick.cli.keys.opening import ask_one, opened_module, read_passphrase

__all__ = ["add_commands", "ask_one", "handle_of", "opened_module", "read_passphrase"]
