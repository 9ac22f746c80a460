"""Facts: what a room did that is worth proving. The only thing that protect and prove share."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

# The facts of a payment, in the order in which a payment meets them.
DEVICE_AUTHENTICATED = "device.authenticated"
APPLICATION_SOUND = "application.sound"
MESSAGE_FRESH = "message.fresh"
CUSTOMER_AUTHENTICATED = "customer.authenticated"
INTENT_SIGNED = "intent.signed"
PAYEE_RESOLVED = "payee.resolved"
TIER_WITHIN = "tier.within"
PARTIES_CLEAR = "parties.clear"
RISK_ACCEPTABLE = "risk.acceptable"
TRANSFER_POSTED = "transfer.posted"
RECEIPT_BOUND = "receipt.bound"

PAYMENT_FACTS = (
    DEVICE_AUTHENTICATED,
    APPLICATION_SOUND,
    MESSAGE_FRESH,
    CUSTOMER_AUTHENTICATED,
    INTENT_SIGNED,
    PAYEE_RESOLVED,
    TIER_WITHIN,
    PARTIES_CLEAR,
    RISK_ACCEPTABLE,
    TRANSFER_POSTED,
    RECEIPT_BOUND,
)

# Facts outside the payment path.
DEVICE_BOUND = "device.bound"
DEVICE_SUSPENDED = "device.suspended"
DEVICE_REVOKED = "device.revoked"
CUSTOMER_REGISTERED = "customer.registered"
ACCOUNT_OPENED = "account.opened"
PAYMENT_GIVEN_BACK = "payment.given_back"
ORDER_REFUSED = "order.refused"
MESSAGE_REFUSED = "message.refused"
TRIAL_WITHSTOOD = "trial.withstood"
TRIAL_FAILED = "trial.failed"
BOOKS_BALANCED = "books.balanced"
FUNDS_SAFEGUARDED = "funds.safeguarded"
BOOKS_RECONCILED = "books.reconciled"
SAFEGUARDING_BROKEN = "safeguarding.broken"
PURSE_DOUBLE_SPENT = "purse.double_spent"
RECORDS_RETIRED = "records.retired"
PLATFORM_OPENED = "platform.opened"
KEYS_STATED = "keys.stated"
KEY_MANAGED = "key.managed"
KEY_CEREMONY = "key.ceremony"
PAN_TOKENISED = "pan.tokenised"
TOKENS_CHANGED = "token.changed"
PAN_DETOKENISED = "pan.detokenised"
PAN_WITHHELD = "pan.withheld"

FACT_KINDS = (
    *PAYMENT_FACTS,
    DEVICE_BOUND,
    DEVICE_SUSPENDED,
    DEVICE_REVOKED,
    CUSTOMER_REGISTERED,
    ACCOUNT_OPENED,
    PAYMENT_GIVEN_BACK,
    ORDER_REFUSED,
    MESSAGE_REFUSED,
    TRIAL_WITHSTOOD,
    TRIAL_FAILED,
    BOOKS_BALANCED,
    FUNDS_SAFEGUARDED,
    BOOKS_RECONCILED,
    SAFEGUARDING_BROKEN,
    PURSE_DOUBLE_SPENT,
    RECORDS_RETIRED,
    PLATFORM_OPENED,
    KEYS_STATED,
    KEY_MANAGED,
    KEY_CEREMONY,
    PAN_TOKENISED,
    TOKENS_CHANGED,
    PAN_DETOKENISED,
    PAN_WITHHELD,
)

CONTRADICTS = {BOOKS_RECONCILED: SAFEGUARDING_BROKEN}
"""A fact, and the one that takes it back when it comes later."""

LABEL = "software"
"""How far facts can be believed as long as everything rests on software alone."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact:
    """One thing that was done or seen, by which control, under which policy, when.

    `subject` is a pseudonym or an id, never a name or a number that identifies a person.
    `detail` holds strings and whole numbers only; never a secret. `label` says how far the fact can
    be believed: `software` for everything that rests on the software crypto module or on software
    attestation.
    """

    kind: str
    subject: str
    control: str
    policy: str
    at_ms: int
    label: str = LABEL
    detail: Mapping[str, str | int] = field(default_factory=dict)

    def plain(self) -> dict[str, object]:
        """The fact as canonical JSON material."""
        return {
            "kind": self.kind,
            "subject": self.subject,
            "control": self.control,
            "policy": self.policy,
            "at_ms": self.at_ms,
            "label": self.label,
            "detail": dict(self.detail),
        }
