"""The six invariants of the ledger, worked out anew from the database alone.

I1 debits equal credits · I2 balances are the fold of the transfers · I3 floors and caps, holds
included · I4 what is owed to holders is safeguarded · I5 the log and its checkpoints are intact ·
I6 every debit of a holder goes back to a signature of that holder
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from tallystick.assembly.auditing.authorisation import verify_debits
from tallystick.assembly.auditing.sums import PROVIDER, fold_transfers
from tallystick.protect.emoney import PURSE_POOL, TRUST, UNISSUED
from tallystick.protect.enforcement import BooksReader
from tallystick.prove.evidence import EvidenceStore, audit_log, parse_checkpoint, unverified_text


@dataclass(frozen=True, slots=True, kw_only=True)
class Invariant:
    """One invariant: what it says, the numbers it was worked out from, where it does not hold."""

    code: str
    says: str
    numbers: Mapping[str, int | str]
    findings: tuple[str, ...] = ()

    @property
    def holds(self) -> bool:
        return not self.findings


@dataclass(slots=True)
class _Money:
    """What a currency comes to, minor units."""

    accounts: int = 0
    debits: int = 0
    credits: int = 0
    trust: int = 0
    unissued: int = 0
    holders: int = 0
    held: int = 0
    pool: int = 0
    provider: int = 0


@dataclass(slots=True)
class _Accounts:
    """What one look at every account gave."""

    money: dict[str, _Money] = field(default_factory=lambda: defaultdict(_Money))
    folds: list[str] = field(default_factory=list)
    bounds: list[str] = field(default_factory=list)
    count: int = 0
    bounded: int = 0


def verify_invariants(
    reader: BooksReader, evidence: EvidenceStore, *, vkey: str | None
) -> tuple[Invariant, ...]:
    """Work the six out. `vkey` is the log's verifier key; without it no checkpoint is verified."""
    sums, transfers = fold_transfers(reader)
    seen = _look(reader, sums)
    return (
        _balanced(seen),
        Invariant(
            code="I2",
            says="every balance is the fold of its transfers",
            numbers={"accounts": seen.count, "transfers": transfers},
            findings=tuple(seen.folds),
        ),
        Invariant(
            code="I3",
            says="no account is below its floor or above its cap, holds included",
            numbers={"accounts": seen.bounded},
            findings=tuple(seen.bounds),
        ),
        _safeguarded(seen),
        _intact(reader, evidence, vkey),
        _authorised(reader),
    )


def _look(reader: BooksReader, sums: Mapping[Any, list[int]]) -> _Accounts:
    seen = _Accounts()
    nothing = [0, 0, 0, 0]
    for account, owner, currency, floor, cap, *stated in reader.rows("account"):
        seen.count += 1
        given = sums.get(account, nothing)
        if stated != given:
            seen.folds.append(f"account {account} states {stated}, its transfers give {given}")
        if not all(isinstance(number, int) for number in (floor, cap, *stated)):
            seen.bounds.append(f"account {account} has no whole numbers")
            continue
        seen.bounded += 1
        debits, credited, debits_held, credits_held = stated
        value = credited - debits
        if value - debits_held < floor or value + credits_held > cap:
            seen.bounds.append(f"account {account}: {value} is outside {floor} to {cap}")
        _add(seen.money[str(currency)], str(account), owner, stated)
    known = {row[0] for row in reader.rows("account")} if len(sums) > seen.count else ()
    strays = [account for account in sums if account not in known] if known else []
    seen.folds += [f"transfers of {account}, and there is no such account" for account in strays]
    return seen


def _add(money: _Money, account: str, owner: object, stated: list[int]) -> None:
    debits, credited, debits_held, _ = stated
    value = credited - debits
    money.accounts += 1
    money.debits += debits
    money.credits += credited
    if account == TRUST or account.startswith(f"{TRUST}."):
        money.trust -= value
    elif account == UNISSUED or account.startswith(f"{UNISSUED}."):
        money.unissued += value
    elif account == PURSE_POOL:
        money.pool += value
    elif owner != PROVIDER:
        money.holders += value
        money.held += debits_held
    else:
        money.provider += value


def _balanced(seen: _Accounts) -> Invariant:
    numbers: dict[str, int | str] = {}
    findings = []
    for currency, money in sorted(seen.money.items()):
        numbers[f"debits {currency}"] = money.debits
        numbers[f"credits {currency}"] = money.credits
        if money.debits != money.credits:
            difference = money.debits - money.credits
            findings.append(f"ledger {currency}: debits exceed credits by {difference}")
    return Invariant(
        code="I1",
        says="debits equal credits in every currency",
        numbers=numbers,
        findings=tuple(findings),
    )


def _safeguarded(seen: _Accounts) -> Invariant:
    numbers: dict[str, int | str] = {}
    findings = []
    for currency, money in sorted(seen.money.items()):
        numbers |= {
            f"trust {currency}": money.trust,
            f"holders {currency}": money.holders,
            f"of it held {currency}": money.held,
            f"offline {currency}": money.pool,
            f"not issued {currency}": money.unissued,
        }
        over = money.holders + money.pool - money.trust
        if over > 0:
            findings.append(
                f"ledger {currency}: {over} more is owed to holders than is safeguarded"
            )
    return Invariant(
        code="I4",
        says="what holders have, holds and offline purses included, is within the trust account",
        numbers=numbers,
        findings=tuple(findings),
    )


def _intact(reader: BooksReader, evidence: EvidenceStore, vkey: str | None) -> Invariant:
    findings = [f"{where}: {what}" for where, what in reader.structure()]
    findings += [f"{f.where} {f.index}: {f.what}" for f in audit_log(evidence, vkey=vkey)]
    notes = evidence.checkpoints()
    return Invariant(
        code="I5",
        says="the log of batches, its checkpoints and the guards of the tables are intact",
        numbers={"leaves": evidence.size(), "checkpoints": len(notes)} | _root(notes),
        findings=tuple(findings),
    )


def _root(notes: Any) -> dict[str, int | str]:
    """The root that the newest checkpoint states, for whoever compares it with a witness."""
    for note in reversed(notes):
        try:
            return {"root": parse_checkpoint(unverified_text(note)).root.hex()}
        except ValueError:
            break
    return {}


def _authorised(reader: BooksReader) -> Invariant:
    debits = verify_debits(reader)
    return Invariant(
        code="I6",
        says="every debit of a holder goes back to a signature of that holder",
        numbers=debits.numbers(),
        findings=tuple(debits.findings),
    )


def failing(invariants: tuple[Invariant, ...]) -> Iterator[Invariant]:
    """Those that do not hold."""
    return (one for one in invariants if not one.holds)
