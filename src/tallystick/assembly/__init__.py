"""Assembly: the only room that knows both a service and its backend.

Clauses: 6.2.3, 7.1.
Enters:  a SecurityPolicy and a home directory.
Leaves:  a Platform, ready to be served; the findings of a check of its home.
Refuses: Misconfigured for homes that are in use, readable by others or of another service;
         RangeRefused, BackupRefused, ModuleRolledBack, VaultRolledBack.
Proof:   tests/journeys, tests/rooms/assembly.
"""

from tallystick.assembly.audit import HomeFinding, check_home, verify_ledger
from tallystick.assembly.auditing import Invariant
from tallystick.assembly.backups import Backup, BackupRefused, back_up, restore
from tallystick.assembly.copies import (
    BOOK_EDITS,
    EVIDENCE_EDITS,
    copy_home,
    edit_copy,
    open_scratch_books,
    prepare_scratch,
)
from tallystick.assembly.crossings import Crossings
from tallystick.assembly.faults import CHECKS, InjectedFault, broken_check
from tallystick.assembly.hardware import TokenReport, look_at_token
from tallystick.assembly.insider import (
    count_leaves,
    read_account,
    read_tallies,
    read_transfer,
)
from tallystick.assembly.joining import peer_table
from tallystick.assembly.journeys import JOURNEYS
from tallystick.assembly.key_facts import (
    ModuleRolledBack,
    record_keys,
    record_keys_soon,
)
from tallystick.assembly.key_notes import open_key_notes
from tallystick.assembly.masters import (
    HARDWARE_FILE,
    finish_move,
    has_payment_keys,
    move_to_file,
    move_to_token,
    open_master,
)
from tallystick.assembly.module_policy import module_policy
from tallystick.assembly.own_keys import (
    OwnMoved,
    has_own_keys,
    is_under_token,
    look_at_own_keys,
    move_own_to_file,
    move_own_to_token,
    sealed_under,
)
from tallystick.assembly.payment_home import (
    create_payment_home,
    open_payment_module,
    running_payment_module,
)
from tallystick.assembly.platform import (
    Platform,
    RangeRefused,
    demand_runnable,
    open_platform,
    origin_of,
    trust_anchor,
)
from tallystick.assembly.recording import BooksAltered, record_audit
from tallystick.assembly.shards import NO_SHARDS, Peer, Shards
from tallystick.assembly.signing import (
    Signer,
    has_policy,
    open_evidence,
    open_signer,
    policy_in_force,
)
from tallystick.assembly.sleepers import Sleeper, sleeping_accounts
from tallystick.assembly.stores import check_server, prepare_books, remembered_address
from tallystick.assembly.token_vault import OpenVault, open_token_vault
from tallystick.assembly.trust import Payout, TrustAccount, read_trust_account
from tallystick.assembly.vault_facts import VaultRolledBack, carry_vault_facts
from tallystick.assembly.vault_file import (
    VaultSettings,
    add_to_vault_file,
    create_vault_file,
    name_sealing_key,
    read_vault_file,
)
from tallystick.assembly.vault_home import VaultHome, open_vault_home
from tallystick.assembly.vault_journal import VaultJournal
from tallystick.backends.sqlite import SQLITE_GOOD, SQLITE_VERSION

__all__ = [
    "BOOK_EDITS",
    "Backup",
    "BackupRefused",
    "back_up",
    "restore",
    "CHECKS",
    "EVIDENCE_EDITS",
    "JOURNEYS",
    "NO_SHARDS",
    "Crossings",
    "Peer",
    "Shards",
    "peer_table",
    "SQLITE_GOOD",
    "SQLITE_VERSION",
    "BooksAltered",
    "HomeFinding",
    "Payout",
    "InjectedFault",
    "Invariant",
    "Platform",
    "RangeRefused",
    "Signer",
    "Sleeper",
    "TrustAccount",
    "broken_check",
    "check_home",
    "check_server",
    "copy_home",
    "count_leaves",
    "demand_runnable",
    "edit_copy",
    "has_policy",
    "open_evidence",
    "open_key_notes",
    "HARDWARE_FILE",
    "OwnMoved",
    "has_own_keys",
    "is_under_token",
    "has_payment_keys",
    "look_at_own_keys",
    "move_own_to_file",
    "move_own_to_token",
    "sealed_under",
    "TokenReport",
    "finish_move",
    "look_at_token",
    "move_to_file",
    "move_to_token",
    "open_master",
    "ModuleRolledBack",
    "record_keys",
    "record_keys_soon",
    "module_policy",
    "create_payment_home",
    "open_payment_module",
    "OpenVault",
    "VaultHome",
    "VaultJournal",
    "VaultRolledBack",
    "VaultSettings",
    "add_to_vault_file",
    "carry_vault_facts",
    "create_vault_file",
    "name_sealing_key",
    "open_vault_home",
    "read_vault_file",
    "open_token_vault",
    "running_payment_module",
    "open_platform",
    "open_scratch_books",
    "open_signer",
    "origin_of",
    "policy_in_force",
    "prepare_books",
    "prepare_scratch",
    "read_account",
    "read_tallies",
    "read_transfer",
    "read_trust_account",
    "record_audit",
    "remembered_address",
    "sleeping_accounts",
    "trust_anchor",
    "verify_ledger",
]
