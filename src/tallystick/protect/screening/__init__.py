"""Screening: is either party on a list? Names are compared however they are written.

Clauses: Annex B (Know-Your-Customer); FATF recommendations 6 and 7.
Enters:  a list file's octets; a party's name, with birth date and country when known.
Leaves:  NameList, ScreeningIndex, Match with evidence; the detail of the fact parties.clear.
Refuses: PartyListed, NameUnscreenable (one word outside: payment.declined);
         Misconfigured with the line for a list file that is not exactly one.
Proof:   tests/rooms/protect/screening, tests/properties/test_screening_index.py,
         tests/properties/test_list_import.py, the trial listed-payee-variant.
"""

from tallystick.protect.screening.index import Match, ScreeningIndex
from tallystick.protect.screening.lists import (
    ListedName,
    ListEntry,
    ListVersion,
    NameList,
    read_name_list,
)
from tallystick.protect.screening.names import NameUnscreenable
from tallystick.protect.screening.parties import Party, PartyListed, check_parties
from tallystick.protect.screening.scoring import TokenMatch

__all__ = [
    "read_name_list",
    "NameList",
    "ListEntry",
    "ListedName",
    "ListVersion",
    "ScreeningIndex",
    "Match",
    "TokenMatch",
    "check_parties",
    "Party",
    "PartyListed",
    "NameUnscreenable",
]
