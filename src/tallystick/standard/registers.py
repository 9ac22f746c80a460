"""The closed lists that entries may name, and the shapes of the smaller registers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

PROVIDER = "provider"
"""The `room` of a countermeasure that people and machines outside this package must provide."""

OPERATION_KINDS = (
    "remote.pay",
    "merchant.pay",
    "banking.balance",
    "banking.statement",
    "banking.transfer",
    "purse.load",
    "purse.deposit",
    "purse.unload",
    "purse.reserve",
    "funds.confirm",
    "emoney.issue",
    "emoney.settle",
    "payouts.list",
    "books.reconcile",
    "customer.register",
    "device.offer",
    "device.suspend",
    "device.revoke",
    "evidence.record",
    "code.create",
    "code.reserve",
    "code.release",
    "mandate.create",
    "authority.end",
    "request.list",
    "request.approve",
    "request.decline",
    "partner.register",
    "partner.pay",
    "partner.collect",
    "partner.refund",
    "partner.hold",
    "partner.settle",
    "partner.request",
    "partner.end",
    "interop.find",
    "interop.show",
    "interop.pay",
    "interop.quote",
    "interop.receive",
    "interop.refuse",
    "interop.answer",
    "interop.confirm",
    "interop.bulk",
    "agent.cash_in",
    "agent.cash_out",
    "reservation.make",
    "reservation.capture",
    "reservation.release",
    "reservation.list",
    "payment.quote",
    "payment.refund",
    "payment.reverse",
    "emoney.expire",
    "account.open",
    "account.reactivate",
    "fx.exchange",
    "partner.batch",
    "partner.quote",
    "shard.credit",
    "shard.resolve",
)

PAYMENT_KINDS = (
    "remote.pay",
    "merchant.pay",
    "banking.transfer",
    "purse.load",
    "agent.cash_in",
    "agent.cash_out",
    "payment.refund",
    "fx.exchange",
    "request.approve",
    "interop.pay",
    "reservation.make",
)
"""The operations by which customers move money."""

FEE_KINDS = ("remote.pay", "merchant.pay", "banking.transfer", "agent.cash_in", "agent.cash_out")
"""The payments that may cost something; an exchange has its spread, a refund is free."""
PAID_BY = ("payer", "payee", "provider")
"""Whose money a fee is taken from; what the provider pays is an agent's commission."""

SERVER_KINDS = (
    "partner.pay",
    "partner.collect",
    "partner.refund",
    "partner.hold",
    "partner.settle",
    "partner.request",
    "partner.end",
    "interop.quote",
    "interop.receive",
    "interop.refuse",
    "interop.answer",
    "interop.confirm",
    "interop.bulk",
    "partner.batch",
    "partner.quote",
    "shard.credit",
    "shard.resolve",
)
"""The operations that another provider's server asks for: no application of ours runs there."""

PARAMETERS: Mapping[str, str] = {
    "challenge.lifetime_s": "how long a challenge may be answered",
    "grant.lifetime_s": "how long a session's grant is good",
    "proof.window_s": "how old a proof of possession may be",
    "message.window_s": "how far a message's time may be from ours",
    "counter.skip_max": "how many message counters may be skipped at once",
    "pin.digits_min": "fewest digits of a transaction PIN",
    "pin.tries_max": "wrong PINs in a row before the customer is locked",
    "pin.lock_s": "how long the lock lasts",
    "keys.level_min": "least level of assurance of the payment module, S0 to S4",
    "keys.quorum": "custodians who approve what is done to a production key, besides whoever asks",
    "keys.cryptoperiod_days": "longest life of a key of the payment module",
    "strength.bits_min": "least strength of a cryptographic mechanism",
    "screening.match_permille": "from which likeness on two names are a match",
    "application.version_min": "oldest version of the application that is served",
    "retention.tally_days": "how long the facts of an operation are kept",
    "retention.statement_days": "how long a customer's statement lines are kept",
    "retention.customer_days": "how long a former customer's identity is kept",
    "evidence.checkpoint_s": "longest time between two signed checkpoints",
    "safeguarding.breaks_max": "most open differences with the bank while e-money is issued",
    "purse.cap_permille": "most in an offline purse, as a share of the balance limit",
    "purse.lifetime_days": "how long a purse pays after it was loaded first",
    "purse.grace_days": "how long vouchers of an expired purse are still taken",
    "policy.validity_days": "how long a policy is good before it must be decided again",
}

TYPOLOGIES: Mapping[str, str] = {
    "structuring": "several payments just under a limit",
    "velocity": "more payments in a short time than people make",
    "fan_in": "many payers to one payee that was quiet before",
    "pass_through": "what comes in goes out again at once",
    "dormant": "a long silent account that wakes up with a large amount",
}

ASSETS: Mapping[str, str] = {
    "money": "customers' and merchants' electronic money",
    "float": "the bank money that stands behind the electronic money",
    "credentials": "the customer's PIN and other secrets of authentication",
    "device_keys": "the keys bound to a mobile device",
    "module_keys": "the keys in the provider's crypto module",
    "messages": "financial messages on their way",
    "ledger": "the books",
    "evidence": "the record of what was done and checked",
    "personal_data": "what is known about people",
    "application": "the mobile application and its distribution",
    "service": "the service's ability to answer",
    "standing": "licence, good name and duty to the law",
}

SCALES = (
    "service", "customers_1000", "transactions_million", "agents_100",
    "se_keys_1000", "tee_keys_1000", "software_keys_1000",
)  # fmt: skip
BASES = ("transaction", "balance", "day_value", "person_day")
CAPS = ("none", "transaction_limit", "day_limit", "balance_limit", "float")

OUTSIDE_CODES = (
    # Before the device is recognised (docs/reference/wire.md).
    "message.refused", "grant.refused", "enrolment.refused", "request.conflict",
    "message.too_long", "media.unsupported", "service.closed",
    # Inside a receipt (docs/reference/wire.md).
    "ok", "amount.malformed", "currency.mismatch", "payee.unknown", "payee.mismatch",
    "intent.refused", "customer.not_verified", "funds.insufficient", "tier.exceeded",
    "environment.cap", "device.suspended", "payment.declined", "operation.forbidden",
    "order.malformed", "hold.unknown", "hold.refused", "reference.used",
    "hold.listed", "safeguarding.broken", "reconciliation.refused",
    "purse.refused", "voucher.refused", "voucher.deposited", "voucher.uncovered",
    "authority.refused", "request.unknown", "refund.refused",
    "fee.mismatch", "rate.mismatch",
    "payment.unknown", "payment.corrected", "account.dormant", "account.known",
)  # fmt: skip
"""Every code that a handset can be told."""

FINDINGS = (
    "books.altered", "evidence.altered", "nothing.half_done",
    "verification.failed", "call.malformed", "key.unusable", "budget.spent", "ciphertext.refused",
    "approval.missing", "module.closed", "nothing.readable",
)  # fmt: skip
"""What trials without a handset see: two findings of `fsck`, and the state after a restart."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """One attack that is tried against the running service.

    `expected`: the outside code that counts as withstood; more than one where the attack is tried
    at several layers and each layer answers in its own word. `seen_by`: who sees it (`handset`,
    `fsck`, `restart` or `module`).
    """

    id: str
    title: str
    threat: str
    clause: str
    expected: tuple[str, ...]
    seen_by: str = "handset"


@dataclass(frozen=True, slots=True, kw_only=True)
class CertificateKind:
    """A kind of proof that somebody else must issue: a laboratory, a scheme, a witness."""

    id: str
    title: str
    issuer: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Room:
    """A room of this package, by its path below `src/tallystick/`."""

    path: str
    does: str
