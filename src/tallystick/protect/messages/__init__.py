"""Messages: sealed end to end, signed, fresh, and answered with a receipt that proves itself.

Clauses: 7.1, 8, 11.
Enters:  what the crypto module opened, and the device that the session proved.
Leaves:  FinancialMessage, its counter mark, the sealed answer; the facts message.fresh and
         receipt.bound.
Refuses: MessageRefused, Replayed, OutOfWindow.
Proof:   tests/rooms/protect/messages, tests/attacks.
"""

from tallystick.protect.messages.answers import ANSWER_TYP, Slip, seal_answer
from tallystick.protect.messages.opening import (
    COUNTERS,
    FinancialMessage,
    MessageRefused,
    OutOfWindow,
    Replayed,
    accept_counter,
    accept_message,
    read_signed,
    verify_message,
)

__all__ = [
    "ANSWER_TYP",
    "COUNTERS",
    "FinancialMessage",
    "MessageRefused",
    "OutOfWindow",
    "Replayed",
    "Slip",
    "accept_counter",
    "accept_message",
    "read_signed",
    "seal_answer",
    "verify_message",
]
