"""The first page: the grade in plain words and the figures that matter."""

from __future__ import annotations

from dataclasses import dataclass

from tallystick.ground.canonical import digest
from tallystick.prove.certificate import Certificate
from tallystick.prove.dossier import DEVELOPMENT, NONE, Dossier, say_keys
from tallystick.prove.report.attacks import Attacks
from tallystick.prove.report.charts import interval_bar, stacked_bar
from tallystick.prove.report.measures import Measures
from tallystick.prove.report.requirements import Coverage
from tallystick.prove.report.risk import RiskPicture
from tallystick.prove.report.words import counted, day, money, money_range, short


@dataclass(frozen=True, slots=True, kw_only=True)
class Bar:
    """A bar under a figure, and what it shows."""

    label: str
    figure: str
    drawn: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Tile:
    """One figure that matters: how it is now, what it was, and as bars."""

    label: str
    figure: str
    note: str
    bars: tuple[Bar, ...]
    key: tuple[tuple[str, str], ...] = ()
    """What the colours of a single bar stand for: class and words."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Grade:
    """How far the result may be leaned on, and the reasons why no further."""

    name: str
    development: bool
    reasons: tuple[str, ...]
    statement: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Validity:
    """The certificate in four lines."""

    id: str
    digest: str
    key: str
    valid_from: str
    valid_to: str


def certificate_lines(certificate: Certificate | None) -> Validity | None:
    """What identifies a certificate: the digest of its file, its key and its time."""
    if certificate is None:
        return None
    whole = digest(certificate.octets)
    return Validity(
        id=short(whole),
        digest=whole,
        key=certificate.key,
        valid_from=day(certificate.valid_from_ms),
        valid_to=day(certificate.valid_to_ms),
    )


def grade_of_dossier(dossier: Dossier, certificate: Certificate | None) -> Grade:
    """The grade, and what speaks against leaning on it, as the dossier has it."""
    against = []
    if dossier.module == "software":
        against.append(
            "The provider's keys are held in software, not in certified hardware: whoever "
            "controls the machine can reach them."
        )
        against.append(dossier.own.statement)
    elif dossier.module != "hsm":
        against.append(f"The provider's crypto module is {dossier.module}, not certified hardware.")
    if dossier.keys != NONE:
        against.append(say_keys(dossier.keys, dossier.keys_said))
    if dossier.witness not in ("rfc3161", "cosigner"):
        against.append(
            "Nobody but the provider vouches for the evidence log: if all of it were rewritten, "
            "only those who kept a receipt or an earlier checkpoint could tell."
        )
    return Grade(
        name=dossier.grade.capitalize(),
        development=dossier.grade == DEVELOPMENT,
        reasons=tuple(against),
        statement=str(certificate.body()["statement"]) if certificate else "",
    )


def tiles(
    risk: RiskPicture, coverage: Coverage, attacks: Attacks, measures: Measures, *, accepted: int
) -> tuple[Tile, ...]:
    """Four figures for the board. `accepted` is the loss accepted in the worst year of 20."""
    return (
        loss_tile("Expected loss in an average year", risk, "mean_minor", None),
        loss_tile("Loss in the worst year of 20", risk, "var_95_minor", accepted),
        _requirements(coverage),
        _attacks(attacks),
    )


def loss_tile(label: str, risk: RiskPicture, name: str, accepted: int | None) -> Tile:
    """One figure of the annual loss, now and before, against what is accepted."""
    before, after, currency = risk.before, risk.after, risk.currency
    whole = max(getattr(before.high, name), getattr(after.high, name), 1)
    told = [(
        "before", getattr(before.low, name), getattr(before.mid, name), getattr(before.high, name),
    ), (
        "after", getattr(after.low, name), getattr(after.mid, name), getattr(after.high, name),
    )]  # fmt: skip
    low, mid, high = told[1][1:]
    note = f"{money_range(low, high, currency)}, by how often attacks come"
    if accepted is not None:
        note = f"accepted: {money(accepted, currency)}; range {money_range(low, high, currency)}"
    return Tile(
        label=label,
        figure=money(mid, currency),
        note=note,
        bars=tuple(
            Bar(
                label=kind,
                figure=money(middle, currency),
                drawn=interval_bar(
                    low=least, mid=middle, high=most, whole=whole, kind=kind, mark=accepted
                ),
            )
            for kind, least, middle, most in told
        ),
    )


def _requirements(coverage: Coverage) -> Tile:
    totals = coverage.totals
    whole = sum(totals.values())
    others = totals["open"] - coverage.own
    order = [(kind, totals[kind]) for kind in ("closed", "stale", "open", "declined")]
    told = f"{others} of the open ones only people, laboratories or certified hardware can close"
    return Tile(
        label="Requirements closed by evidence",
        figure=f"{totals['closed']} of {whole}",
        note=told if others else "",
        bars=(Bar(label="", figure="", drawn=stacked_bar(order, whole=whole)),),
        key=tuple((kind, f"{number} {kind}") for kind, number in order if number),
    )


def _attacks(attacks: Attacks) -> Tile:
    known = len(attacks.run) + len(attacks.missing)
    failed = len(attacks.run) - attacks.withstood
    order = [
        ("closed", "withstood", attacks.withstood),
        ("failed", "got through", failed),
        ("open", "not made", len(attacks.missing)),
    ]
    drawn = [(kind, number) for kind, _, number in order]
    return Tile(
        label="Attacks withstood",
        figure=f"{attacks.withstood} of {len(attacks.run)}" if attacks.run else "none made",
        note=f"{counted(known, 'attack')} are known to the catalogue",
        bars=(Bar(label="", figure="", drawn=stacked_bar(drawn, whole=known)),),
        key=tuple((kind, f"{number} {means}") for kind, means, number in order if number),
    )
