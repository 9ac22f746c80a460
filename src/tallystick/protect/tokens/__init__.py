"""Tokens: payment tokens that stand for account numbers, each good in one domain only.

Clauses: 8, 10, 11, 14 (EMV payment tokenisation vocabulary).
Enters:  account numbers from whoever may tokenise; tokens with who asks, for what, in which domain.
Leaves:  tokens that look like account numbers and never are one; account numbers, whole or masked,
         under the policy; facts about both, and about every refusal.
Refuses: PanRefused, TokenRefused (one answer for unknown, foreign, suspended, expired and altered),
         TokenisationRefused, DetokenisationRefused, RangeExhausted.
Proof:   tests/rooms/protect/tokens, tests/conformance/test_token_stores.py,
         tests/conformance/test_token_stores_postgres.py.
"""

from tallystick.protect.tokens.domains import TokenDomain, TokenRange
from tallystick.protect.tokens.keys import LocalVaultKeys, ModuleVaultKeys
from tallystick.protect.tokens.numbers import Pan, luhn_digit, luhn_holds, mask_pan
from tallystick.protect.tokens.ports import Cell, Change, TokenStore, VaultKeys
from tallystick.protect.tokens.records import TokenRow, TokenState
from tallystick.protect.tokens.refusals import (
    DetokenisationRefused,
    PanRefused,
    RangeExhausted,
    TokenisationRefused,
    TokenRefused,
)
from tallystick.protect.tokens.release import Asker, Form, ReleasePolicy, ReleaseRule
from tallystick.protect.tokens.rows import VaultRows
from tallystick.protect.tokens.vault import TokenVault

__all__ = [
    "TokenVault",
    "VaultRows",
    "Pan",
    "mask_pan",
    "luhn_digit",
    "luhn_holds",
    "TokenRange",
    "TokenDomain",
    "TokenState",
    "TokenRow",
    "TokenStore",
    "Change",
    "Cell",
    "VaultKeys",
    "LocalVaultKeys",
    "ModuleVaultKeys",
    "Asker",
    "Form",
    "ReleaseRule",
    "ReleasePolicy",
    "PanRefused",
    "TokenRefused",
    "TokenisationRefused",
    "DetokenisationRefused",
    "RangeExhausted",
]
