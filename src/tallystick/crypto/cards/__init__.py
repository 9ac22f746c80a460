"""Cards: what the host of an issuer computes about payment cards, chips and emulated ones.

Clauses: 8, 10 (proximate payments), Annex C (EMV Book 2; card verification values of the schemes).
Enters:  account numbers, cryptograms, track and BER-TLV data of strangers; raw keys, as octets.
Leaves:  verification values, keys of cards and sessions, cryptograms and answers, script parts.
Refuses: CardDataMalformed, CardValueRefused, CryptogramRefused, TlvMalformed, LimitedKeyRefused,
         AlgorithmNotPublic.
Proof:   tests/rooms/crypto/cards, tests/vectors/test_card_vectors.py.

Pure functions: no store, no clock, no chance. Raw keys stay inside of the process that calls them.
"""

from tallystick.crypto.cards.cryptograms import CRYPTOGRAM_OCTETS, CryptogramKey
from tallystick.crypto.cards.digits import decimalise, odd_parity
from tallystick.crypto.cards.dynamic_values import dynamic_code, dynamic_value
from tallystick.crypto.cards.limited_use import (
    Grant,
    accept_use,
    grant_in,
    limited_cryptogram,
    limited_use_key,
    replenish_due,
    token_key,
    verify_limited,
)
from tallystick.crypto.cards.master_keys import IssuerMasterKey, MasterKeyOption
from tallystick.crypto.cards.pan import Pan, luhn_digit, mask_pan
from tallystick.crypto.cards.refusals import (
    AlgorithmNotPublic,
    CardDataMalformed,
    CardValueRefused,
    CryptogramRefused,
    LimitedKeyRefused,
    TlvMalformed,
)
from tallystick.crypto.cards.schemes import (
    VERSIONS,
    CryptogramVersion,
    ScriptMethod,
    SessionMethod,
    script_key,
    session_key,
)
from tallystick.crypto.cards.scripts import (
    PIN_CHANGE,
    PIN_CHANGE_WITH_CURRENT,
    ScriptCipher,
    encipher_data,
    encipher_layout,
    vis_pin_block,
)
from tallystick.crypto.cards.session_keys import (
    common_key,
    common_key_aes,
    counter_key,
    counter_key_aes,
    mastercard_key,
    script_key_by_counter,
    tree_key,
    unionpay_key,
)
from tallystick.crypto.cards.tlv import (
    DataObject,
    find_object,
    read_list,
    read_objects,
    walk_objects,
    write_objects,
)
from tallystick.crypto.cards.values import CHIP, PRINTED, CardVerificationKey, demand_value

__all__ = [
    "Pan",
    "luhn_digit",
    "mask_pan",
    "CardVerificationKey",
    "PRINTED",
    "CHIP",
    "demand_value",
    "dynamic_value",
    "dynamic_code",
    "IssuerMasterKey",
    "MasterKeyOption",
    "common_key",
    "common_key_aes",
    "counter_key",
    "counter_key_aes",
    "mastercard_key",
    "unionpay_key",
    "script_key_by_counter",
    "tree_key",
    "CryptogramKey",
    "CRYPTOGRAM_OCTETS",
    "SessionMethod",
    "ScriptMethod",
    "CryptogramVersion",
    "VERSIONS",
    "session_key",
    "script_key",
    "ScriptCipher",
    "encipher_data",
    "encipher_layout",
    "vis_pin_block",
    "PIN_CHANGE",
    "PIN_CHANGE_WITH_CURRENT",
    "DataObject",
    "read_objects",
    "write_objects",
    "find_object",
    "walk_objects",
    "read_list",
    "Grant",
    "grant_in",
    "accept_use",
    "replenish_due",
    "token_key",
    "limited_use_key",
    "limited_cryptogram",
    "verify_limited",
    "decimalise",
    "odd_parity",
    "CardDataMalformed",
    "CardValueRefused",
    "CryptogramRefused",
    "TlvMalformed",
    "LimitedKeyRefused",
    "AlgorithmNotPublic",
]
