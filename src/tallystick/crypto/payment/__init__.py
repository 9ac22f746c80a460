"""Payment: the crypto module's functions for payments, behind handles that carry no key.

Clauses: 8, Annex C (ISO 11568, ISO 13491, ISO 9564).
Enters:  calls that name keys by handle and carry ciphertexts; key blocks; sealed key records.
Leaves:  ciphertexts, MACs, verdicts, key blocks under other keys; never a key or a PIN in clear.
Refuses: CallMalformed, KeyNotFound, KeyUnusable, NotVerified, PinRefused, CiphertextRefused,
         BudgetSpent, ApprovalMissing, NotOffered, Conflict.
Proof:   tests/rooms/crypto/test_mac_calls.py, test_data_calls.py, test_payment_module.py.

    calls.py      what crosses from process to process
    *_calls.py    the calls of one area with their handlers
    table.py      which handler does which call
    bench.py      opened keys, and the gate before them
    policy.py     what the security policy says to the module
    module.py     the loop, and its error state
"""

from tallystick.crypto.payment.approving import (
    QUORUM,
    Custodians,
    ManagementCall,
    ReadCustodians,
    SetCustodians,
    statement,
)
from tallystick.crypto.payment.bench import Bench, OpenKey
from tallystick.crypto.payment.calls import BATCH_MAX, Answer, Call, Denied, KeyUsed
from tallystick.crypto.payment.data_calls import (
    Asymmetric,
    DecryptData,
    DecryptedData,
    EncryptData,
    EncryptedData,
    OfTransaction,
    ReEncryptData,
    ReEncryptedData,
    RsaPadding,
    Sealed,
    Symmetric,
)
from tallystick.crypto.payment.data_modes import DataMode
from tallystick.crypto.payment.dukpt import (
    DukptKind,
    DukptPurpose,
    DukptUse,
    DukptVariant,
    TransactionKey,
    transaction_key,
)
from tallystick.crypto.payment.field_calls import (
    FieldCell,
    FieldsIndexed,
    FieldsOpened,
    FieldsSealed,
    IndexFields,
    OpenFields,
    ResealFields,
    SealFields,
)
from tallystick.crypto.payment.key_calls import (
    ChangeState,
    CreateKey,
    DescribeKey,
    Events,
    Keys,
    KeyView,
    ListKeys,
    ReadEvents,
)
from tallystick.crypto.payment.mac_calls import (
    ByKey,
    ByTransaction,
    GeneratedMac,
    GenerateMac,
    MacAlgorithm,
    VerifiedMac,
    VerifyMac,
)
from tallystick.crypto.payment.module import LocalModule
from tallystick.crypto.payment.pin_calls import (
    ByOffset,
    ByPvv,
    TranslatedPin,
    TranslatePin,
    VerifiedPin,
    VerifyPin,
)
from tallystick.crypto.payment.pin_keying import PinPlace
from tallystick.crypto.payment.pin_making import (
    ChangePin,
    Chosen,
    Drawn,
    ForOffset,
    ForPvv,
    FromOffset,
    GeneratedPin,
    GeneratePin,
    Natural,
)
from tallystick.crypto.payment.pin_methods import ListTables, RegisterTable, Tables
from tallystick.crypto.payment.policy import AREAS, ModulePolicy, read_module_policy
from tallystick.crypto.payment.ports import ModuleState, PaymentModule
from tallystick.crypto.payment.refusals import (
    ApprovalMissing,
    BudgetSpent,
    CallMalformed,
    CallRefused,
    CiphertextRefused,
    Conflict,
    KeyNotFound,
    KeyUnusable,
    NotOffered,
    NotVerified,
    PinRefused,
)
from tallystick.crypto.payment.table import ANSWER_TYPE, CALL_TYPE, HANDLERS
from tallystick.crypto.payment.token_calls import (
    Detokenise,
    Detokenised,
    TokenForm,
    Tokenise,
    Tokenised,
)

__all__ = [
    "PaymentModule",
    "ModuleState",
    "LocalModule",
    "Bench",
    "OpenKey",
    "ModulePolicy",
    "read_module_policy",
    "AREAS",
    "HANDLERS",
    "CALL_TYPE",
    "ANSWER_TYPE",
    "BATCH_MAX",
    "Call",
    "Answer",
    "Denied",
    "KeyUsed",
    "ManagementCall",
    "SetCustodians",
    "ReadCustodians",
    "Custodians",
    "QUORUM",
    "statement",
    "CreateKey",
    "DescribeKey",
    "ListKeys",
    "ChangeState",
    "ReadEvents",
    "KeyView",
    "Keys",
    "Events",
    "PinPlace",
    "TranslatePin",
    "TranslatedPin",
    "VerifyPin",
    "VerifiedPin",
    "ByPvv",
    "ByOffset",
    "GeneratePin",
    "GeneratedPin",
    "ChangePin",
    "Drawn",
    "Chosen",
    "Natural",
    "FromOffset",
    "ForPvv",
    "ForOffset",
    "RegisterTable",
    "ListTables",
    "Tables",
    "GenerateMac",
    "GeneratedMac",
    "VerifyMac",
    "VerifiedMac",
    "MacAlgorithm",
    "ByKey",
    "ByTransaction",
    "EncryptData",
    "EncryptedData",
    "DecryptData",
    "DecryptedData",
    "ReEncryptData",
    "ReEncryptedData",
    "Sealed",
    "Symmetric",
    "Asymmetric",
    "OfTransaction",
    "DataMode",
    "RsaPadding",
    "DukptUse",
    "DukptKind",
    "DukptVariant",
    "DukptPurpose",
    "TransactionKey",
    "transaction_key",
    "Tokenise",
    "Detokenise",
    "Tokenised",
    "Detokenised",
    "TokenForm",
    "FieldCell",
    "SealFields",
    "OpenFields",
    "ResealFields",
    "IndexFields",
    "FieldsSealed",
    "FieldsOpened",
    "FieldsIndexed",
    "CallRefused",
    "CallMalformed",
    "KeyNotFound",
    "KeyUnusable",
    "NotVerified",
    "PinRefused",
    "CiphertextRefused",
    "BudgetSpent",
    "ApprovalMissing",
    "NotOffered",
    "Conflict",
]
