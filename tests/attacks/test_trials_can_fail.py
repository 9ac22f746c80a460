"""No trial is vacuous: with its defence taken away it fails, and with the service closed it does not
run. Each test takes one defence out of the running service."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from tallystick.protect.enforcement import Mark
from tallystick.standard import trial_register
from tallystick.trials import ATTACKS, Range, TrialResult, books, run_trials

Patch = pytest.MonkeyPatch
Remove = Callable[[Patch], None]


def outcome(arena: Range, trial: str) -> TrialResult:
    (result,) = run_trials(arena, only=[trial])
    return result


def nothing(*_: Any, **__: Any) -> None:
    """A check that finds nothing wrong with anything."""


def setting(path: str, value: Any) -> Remove:
    return lambda patch: patch.setattr(f"tallystick.{path}", value)


def any_counter(patch: Patch) -> None:
    patch.setattr(
        "tallystick.protect.messages.opening.accept_counter",
        lambda received, seen, skip_max: max(received, seen),
    )


def any_challenge(patch: Patch) -> None:
    from tallystick.protect.devices import CHALLENGES, ChallengeDesk

    patch.setattr(
        ChallengeDesk, "redeem", lambda self, token, *, used, now_ms: Mark(CHALLENGES, token, 0)
    )


def any_signature(patch: Patch) -> None:
    from tallystick.crypto.envelopes import Signed

    patch.setattr(Signed, "verify", lambda self, public: self.payload)


def alg_believed(patch: Patch) -> None:
    """A verifier that does what the header says: the mistake behind `alg: none`."""
    from tallystick.crypto.envelopes import Signed

    honest = Signed.verify

    def verify(self: Signed, public: Any) -> bytes:
        if str(self.header.get("alg")).lower() == "none":
            return self.payload
        return honest(self, public)

    patch.setattr(Signed, "verify", verify)
    patch.setattr("tallystick.crypto.envelopes.signed._check_header", nothing)


def key_believed(patch: Patch) -> None:
    """A verifier that takes the key that comes with the message."""
    from tallystick.crypto.envelopes import Signed
    from tallystick.crypto.mechanisms import public_key_from_jwk

    honest = Signed.verify

    def verify(self: Signed, public: Any) -> bytes:
        own = self.header.get("jwk")
        return honest(self, public if own is None else public_key_from_jwk(own))

    patch.setattr(Signed, "verify", verify)
    patch.setattr("tallystick.crypto.envelopes.signed._check_header", nothing)


def any_currency(patch: Patch) -> None:
    from tallystick.protect.signatures import intent

    honest = intent.read_amount
    patch.setattr(
        intent, "read_amount", lambda text, stated, currency: honest(text, currency, currency)
    )


def locked_said(patch: Patch) -> None:
    from tallystick.protect.customers import CustomerLocked

    patch.setattr(CustomerLocked, "public_code", "customer.locked")


def no_suspension(patch: Patch) -> None:
    from tallystick.protect.devices import Device

    patch.setattr(Device, "demand_bound", nothing)


def no_ledger(patch: Patch) -> None:
    from tallystick.protect.emoney import FundsInsufficient, Ledger

    follow = Ledger.apply

    def carelessly(ledger: Ledger, *decided: Any, **when: Any) -> None:
        with suppress(FundsInsufficient):
            follow(ledger, *decided, **when)

    patch.setattr(Ledger, "check", nothing)
    patch.setattr(Ledger, "apply", carelessly)


def no_limits(patch: Patch) -> None:
    from tallystick.protect.diligence import Usage

    free = Usage(day="2023-11-14", day_minor=0, month="2023-11", month_minor=0)
    patch.setattr("tallystick.protect.corridor.payments.check_tier", lambda **_: free)


def no_audit(patch: Patch) -> None:
    patch.setattr("tallystick.assembly.audit.audit_books", lambda *_: [])
    patch.setattr("tallystick.assembly.audit.audit_log", lambda *_, **__: [])
    for edits in ("BOOK_EDITS", "EVIDENCE_EDITS"):
        few = dict(list(getattr(books, edits).items())[:2])
        patch.setattr(books, edits, few)


def disk_forgets(patch: Patch) -> None:
    """A disk that loses what it had promised to keep, as one that lies about flushing does."""

    def lose(home: Path, kept: int) -> int:
        (home / "books.sqlite-shm").unlink(missing_ok=True)
        log = home / "books.sqlite-wal"
        size = log.stat().st_size
        log.write_bytes(log.read_bytes()[: kept // 2])
        return size - kept // 2

    patch.setattr("tallystick.trials.power._lose_power", lose)


def fail_open(patch: Patch) -> None:
    """A check that lets a payment through when it cannot be made."""
    from tallystick.assembly import InjectedFault
    from tallystick.protect.corridor import payments

    honest = payments._check_risk

    def check(visit: Any, *rest: Any) -> None:
        try:
            honest(visit, *rest)
        except InjectedFault:
            visit.tally.notch("risk.acceptable", "C-MON-TYPOLOGIES", alerts="")

    patch.setattr(payments, "_check_risk", check)


def any_usage(patch: Patch) -> None:
    """A bench whose gate opens a key for whatever is asked of it."""
    from tallystick.crypto.key_blocks import KeyUsage
    from tallystick.crypto.payment import Bench

    honest = Bench.key

    def key(self: Bench, handle: str, **asked: Any) -> Any:
        return honest(self, handle, **{**asked, "usages": frozenset(KeyUsage)})

    patch.setattr(Bench, "key", key)


def any_block(patch: Patch) -> None:
    """A reader of key blocks that looks at no MAC."""
    from types import SimpleNamespace

    always = SimpleNamespace(compare_digest=lambda *_: True)
    patch.setattr("tallystick.crypto.key_blocks.bindings.hmac", always)


def any_record(patch: Patch) -> None:
    """A bench that does not ask its journal which record of a key is the newest."""

    class Whatever:
        def __ne__(self, other: object) -> bool:
            return False

    patch.setattr("tallystick.crypto.payment.bench.record_digest", lambda *_: Whatever())


def unsealed(patch: Patch) -> None:
    """A master key that seals nothing."""
    from tallystick.crypto.keys import SoftwareMasterKey

    patch.setattr(SoftwareMasterKey, "seal", lambda self, octets, *, bound: octets)
    patch.setattr(SoftwareMasterKey, "open", lambda self, sealed, *, bound: sealed)


def any_table(patch: Patch) -> None:
    class Every:
        def __contains__(self, table: object) -> bool:
            return True

    patch.setattr("tallystick.crypto.payment.pin_methods.registered_tables", lambda *_: Every())


REMOVED: list[tuple[str, Remove]] = [
    ("message-replayed", any_counter),
    ("counter-rolled-back", any_counter),
    ("amount-changed", setting("protect.signatures.intent.es256_verify", nothing)),
    ("payee-changed", setting("protect.signatures.intent.es256_verify", nothing)),
    ("currency-changed", any_currency),
    ("other-device-key", any_signature),
    ("challenge-expired", any_challenge),
    ("challenge-reused", any_challenge),
    ("alg-none", alg_believed),
    ("key-confusion", key_believed),
    ("token-oversize", setting("serve.api.edge.MESSAGE_MAX", 2**24)),
    ("malformed-json", setting("protect.messages.opening.strict_object", nothing)),
    ("malformed-json", setting("protect.signatures.intent.strict_object", nothing)),
    ("malformed-json", setting("protect.devices.proofs.strict_object", nothing)),
    (
        "pin-guessing",
        setting("protect.customers.attempts._count_wrong", lambda record, **_: record),
    ),
    ("pin-oracle", locked_said),
    ("double-spend-concurrent", no_ledger),
    ("limit-split", no_limits),
    ("limit-concurrent", no_limits),
    ("listed-payee-variant", setting("protect.corridor.payments.check_parties", lambda *_: {})),
    ("structuring", setting("protect.corridor.payments.check_risk", lambda _: "")),
    ("qr-swapped", setting("protect.codes.layout.ed25519_verify", nothing)),
    ("device-suspended", no_suspension),
    ("ledger-row-edited", no_audit),
    ("evidence-edited", no_audit),
    ("power-cut", disk_forgets),
    ("check-fails-closed", fail_open),
    ("pin-block-oracle", setting("crypto.payment.pin_budgets.PinBudget.count_failure", nothing)),
    ("pin-format-downgrade", setting("crypto.pins.translation.check_translation", nothing)),
    ("decimalisation-guessing", any_table),
    ("key-misuse", any_usage),
    ("key-block-altered", any_block),
    ("key-record-rolled-back", any_record),
    ("key-database-stolen", unsealed),
    ("single-custodian", setting("crypto.payment.key_calls.demand_approved", lambda *_, **__: {})),
]


@pytest.mark.parametrize(("trial", "remove"), REMOVED, ids=[trial for trial, _ in REMOVED])
def test_without_its_defence_a_trial_fails(
    arena: Range, monkeypatch: Patch, trial: str, remove: Remove
) -> None:
    remove(monkeypatch)
    result = outcome(arena, trial)
    assert result.outcome == "failed", result.evidence


def test_a_reason_that_is_not_the_expected_one_fails_a_trial(
    arena: Range, monkeypatch: Patch
) -> None:
    monkeypatch.setattr("tallystick.protect.corridor.strangers.first_reason", lambda _: "")
    result = outcome(arena, "alg-none")
    assert result.outcome == "failed"
    assert result.expected == result.seen
    assert result.expected_inside != result.seen_inside


def test_a_closed_service_withstands_nothing(arena: Range, monkeypatch: Patch) -> None:
    def closed(**_: Any) -> None:
        raise RuntimeError("closed")

    monkeypatch.setattr("tallystick.protect.corridor.payments.verify_intent", closed)
    elsewhere = {name for name, trial in trial_register().items() if trial.seen_by == "module"}
    elsewhere |= {"challenge-expired", "power-cut"}
    paying = [trial for trial in ATTACKS if trial not in elsewhere]
    results = run_trials(arena, only=paying)
    assert {result.trial for result in results if result.outcome != "not run"} == set()
