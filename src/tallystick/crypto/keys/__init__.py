"""Keys: records and their life, the journal that proves them, master keys, sealed key files.

Clauses: 8, Annex C (ISO 11568: key life cycle, single-purpose key usage, storage, destruction).
Enters:  a passphrase, a path; records and a journal from a database that is not trusted.
Leaves:  KeyRecord, KeyRing, ManagedKey: to the crypto module and to nobody else; the signing key of
         a person to the command that this person runs.
Refuses: Misconfigured: wrong passphrase, altered file, a file that others may read; RolledBack;
         KeyRecordRefused, TransitionRefused, ApprovalRefused.
Proof:   tests/rooms/crypto/test_key_file.py, test_key_records.py, test_journal.py,
         test_managed_keys.py, test_custodians.py, test_signer_file.py, test_hub_file.py,
         test_access_file.py, test_split_knowledge.py,
         tests/rooms/crypto/exchange/test_agility.py.
"""

from tallystick.crypto.keys.access_file import (
    AccessFile,
    AccessKey,
    AccessRole,
    create_access_file,
    open_access_folder,
)
from tallystick.crypto.keys.agility import Due, Move, plan_migration
from tallystick.crypto.keys.ceremonies import (
    CeremonyRefused,
    CeremonyStep,
    Script,
    Transcript,
    demand_script,
    demand_step,
    script_digest,
    verify_transcript,
)
from tallystick.crypto.keys.components import (
    COMPONENTS_MAX,
    COMPONENTS_MIN,
    KeyComponent,
    combine_components,
    join_components,
    split_key,
)
from tallystick.crypto.keys.credentials import (
    DIRECTORY_VARIABLE,
    credential_path,
    read_credential,
    without_newline,
)
from tallystick.crypto.keys.custodians import (
    APPROVAL_MS,
    ROLES,
    Approval,
    ApprovalRefused,
    Approved,
    Custodian,
    approval_octets,
    demand_approvals,
    demand_people,
)
from tallystick.crypto.keys.hub_file import HubKeys, create_hub_file, read_hub_file
from tallystick.crypto.keys.in_token import (
    OPERATIONS,
    STEPS_MAX,
    Operation,
    Step,
    TokenKey,
    TokenKeys,
    TokenWork,
)
from tallystick.crypto.keys.inventory import KeyLine, inventory_bom, line_of
from tallystick.crypto.keys.journal import (
    EVENT,
    SETTING,
    SNAPSHOT,
    TALLY,
    USES,
    Journal,
    RolledBack,
)
from tallystick.crypto.keys.key_file import (
    create_key_file,
    create_key_file_under,
    demand_long_passphrase,
    master_of_key_file,
    read_key_file,
    read_key_file_under,
    seal_keys,
    seal_keys_under,
)
from tallystick.crypto.keys.levels import AssuranceLevel
from tallystick.crypto.keys.life import (
    NEXT,
    LifeState,
    TransitionRefused,
    demand_transition,
    state_allows,
)
from tallystick.crypto.keys.managed import (
    KEY_ID,
    KeyId,
    KeyRecordRefused,
    ManagedKey,
    new_key_id,
    read_header,
    record_digest,
)
from tallystick.crypto.keys.master_custody import (
    MasterShare,
    open_share,
    restore_master_file,
    seal_share,
    share_master_file,
)
from tallystick.crypto.keys.master_file import (
    COUNT_FILE,
    MASTER_FILE,
    SoftwareMasterKey,
    create_master_file,
    open_master_file,
)
from tallystick.crypto.keys.moving import NAMES, Moved, move_master_key, names_secret
from tallystick.crypto.keys.ports import Entry, KeyStore, MasterKey, StoredKey
from tallystick.crypto.keys.private_file import read_private, replace_private, write_new_private
from tallystick.crypto.keys.reconciliation import Reconciled, reconcile
from tallystick.crypto.keys.records import (
    MECHANISM_OF,
    SIGNING,
    KeyPurpose,
    KeyRecord,
    KeyRing,
    KeyState,
    create_key,
    create_keys,
    destroy_key,
    public_check_value,
)
from tallystick.crypto.keys.sealed import Stretching
from tallystick.crypto.keys.shares import (
    SHARES_MAX,
    KeyShare,
    Share,
    join_key_shares,
    join_shares,
    share_check_value,
    share_key,
    split_secret,
)
from tallystick.crypto.keys.signer_file import create_signer_file, read_signer_file
from tallystick.crypto.keys.signers import TokenSigner, TokenSigners
from tallystick.crypto.keys.token_steps import card_step, dukpt_steps, session_step
from tallystick.crypto.keys.under_master import (
    master_that_sealed,
    open_under_master,
    seal_under_master,
)

__all__ = [
    "Stretching",
    "share_master_file",
    "seal_share",
    "restore_master_file",
    "open_share",
    "MasterShare",
    "COUNT_FILE",
    "MASTER_FILE",
    "names_secret",
    "move_master_key",
    "Moved",
    "NAMES",
    "session_step",
    "dukpt_steps",
    "card_step",
    "TokenWork",
    "TokenKeys",
    "TokenKey",
    "Step",
    "Operation",
    "STEPS_MAX",
    "OPERATIONS",
    "without_newline",
    "read_credential",
    "credential_path",
    "DIRECTORY_VARIABLE",
    "KeyComponent",
    "COMPONENTS_MIN",
    "COMPONENTS_MAX",
    "split_key",
    "join_components",
    "combine_components",
    "Share",
    "split_secret",
    "share_check_value",
    "join_key_shares",
    "KeyShare",
    "SHARES_MAX",
    "share_key",
    "join_shares",
    "Script",
    "CeremonyStep",
    "Transcript",
    "CeremonyRefused",
    "demand_script",
    "demand_step",
    "script_digest",
    "verify_transcript",
    "Custodian",
    "Approval",
    "Approved",
    "ApprovalRefused",
    "APPROVAL_MS",
    "ROLES",
    "approval_octets",
    "demand_approvals",
    "demand_people",
    "AssuranceLevel",
    "LifeState",
    "NEXT",
    "demand_transition",
    "state_allows",
    "TransitionRefused",
    "KeyId",
    "KEY_ID",
    "new_key_id",
    "ManagedKey",
    "read_header",
    "record_digest",
    "KeyRecordRefused",
    "Journal",
    "EVENT",
    "USES",
    "TALLY",
    "SETTING",
    "SNAPSHOT",
    "RolledBack",
    "MasterKey",
    "KeyStore",
    "StoredKey",
    "Entry",
    "SoftwareMasterKey",
    "create_master_file",
    "open_master_file",
    "MECHANISM_OF",
    "AccessFile",
    "AccessKey",
    "AccessRole",
    "create_access_file",
    "open_access_folder",
    "HubKeys",
    "create_hub_file",
    "read_hub_file",
    "read_private",
    "replace_private",
    "write_new_private",
    "create_key_file",
    "create_key_file_under",
    "demand_long_passphrase",
    "read_key_file",
    "read_key_file_under",
    "seal_keys",
    "seal_keys_under",
    "master_of_key_file",
    "seal_under_master",
    "open_under_master",
    "master_that_sealed",
    "TokenSigner",
    "TokenSigners",
    "SIGNING",
    "public_check_value",
    "create_signer_file",
    "read_signer_file",
    "create_key",
    "create_keys",
    "destroy_key",
    "KeyRing",
    "KeyRecord",
    "KeyPurpose",
    "KeyState",
    "KeyLine",
    "line_of",
    "inventory_bom",
    "plan_migration",
    "Move",
    "Due",
    "reconcile",
    "Reconciled",
]
