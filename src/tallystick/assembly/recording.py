"""What a platform proves about itself while it is closed: books balanced, funds safeguarded."""

from __future__ import annotations

from pathlib import Path

from tallystick.assembly.audit import check_home
from tallystick.assembly.own_settlements import own_settlement
from tallystick.assembly.platform import Platform
from tallystick.ground.errors import Refused
from tallystick.ground.facts import BOOKS_BALANCED, FUNDS_SAFEGUARDED, RECORDS_RETIRED
from tallystick.protect import emoney
from tallystick.protect.enforcement import SALT_OCTETS, Settlement, Tally


class BooksAltered(Refused):
    """Books and evidence do not agree: nothing may be proven from them."""

    code, clause = "books.altered", "13"


def record_audit(platform: Platform, *, home: str | Path) -> None:
    """Check the home, write that into the evidence, and let go of tallies that are due.

    Facts: books.balanced (every account is the sum of its transfers, debits equal credits),
    funds.safeguarded (e-money out there never exceeds the money confirmed at the bank) and
    records.retired, which says from when on tallies are kept: it stands in the log before any goes.
    Refuses: BooksAltered with the first finding.
    """
    findings = check_home(home)
    if findings:
        raise BooksAltered(f"{findings[0].where}: {findings[0].what}")
    kept_from_ms = platform.tallies_kept_from()
    safeguarded, outstanding = platform.safeguarding()
    platform.commit_now(
        lambda now_ms, chance: _audited(
            platform.policy.digest,
            now_ms=now_ms,
            salt=chance(SALT_OCTETS),
            safeguarded=safeguarded,
            outstanding=outstanding,
            kept_from_ms=kept_from_ms,
        )
    )
    platform.retire_tallies(before_ms=kept_from_ms)


def _audited(
    policy: str, *, now_ms: int, salt: bytes, safeguarded: int, outstanding: int, kept_from_ms: int
) -> Settlement:
    tally = Tally(subject="books", policy=policy, at_ms=now_ms, demanded=(), salt=salt)
    tally.notch(BOOKS_BALANCED, "C-LEDGER-DOUBLE", trust=emoney.TRUST)
    if outstanding > safeguarded:
        raise BooksAltered("more e-money is out than money is confirmed at the bank")
    tally.notch(
        FUNDS_SAFEGUARDED,
        "C-SAFEGUARD",
        safeguarded_minor=safeguarded,
        outstanding_minor=outstanding,
    )
    tally.notch(RECORDS_RETIRED, "C-PRIV-RETENTION", before_ms=kept_from_ms)
    return own_settlement(tally, operation="books.audit")
