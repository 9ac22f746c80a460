"""The first page: what may be lost, what it costs, what stays open, what has to be decided."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from tallystick.describe import Service
from tallystick.prove.report.charts import stacked_bar
from tallystick.prove.report.front import Bar, Tile, loss_tile
from tallystick.prove.report.measures import Measures
from tallystick.prove.report.plan.coverage import ANSWERED, APPLICABLE, UNANSWERED, Statement
from tallystick.prove.report.plan.decisions import Decision
from tallystick.prove.report.plan.standing import Standing
from tallystick.prove.report.risk import RiskPicture
from tallystick.prove.report.words import count, counted, listed, money, say, spelled

_ASKED = 4
"""So many acceptances and exceptions stand on the first page; the others are counted."""


_REMAINING = 3
"""So many of the scenarios that cost most afterwards stand on the first page, if it has room."""
_ROOMY = 2
"""It has room for them when no more acceptances and exceptions than this are asked for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Remaining:
    """A scenario that stays costly: what it costs in an average year, before and after."""

    title: str
    before: str
    after: str


def list_remaining(risk: RiskPicture, *, asked: int) -> tuple[Remaining, ...]:
    """The scenarios that cost most when all countermeasures work.

    None when so much is asked of the board that they would not fit on its page.
    """
    if asked > _ROOMY:
        return ()
    ranked = sorted(risk.scenarios, key=lambda one: (-one.after[1], one.threat))
    return tuple(
        Remaining(
            title=one.title,
            before=money(one.before[1], risk.currency),
            after=money(one.after[1], risk.currency),
        )
        for one in ranked[:_REMAINING]
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Point:
    """One thing to decide or to know: the short of it, and a sentence."""

    head: str
    told: str
    link: str = ""


def plan_tiles(
    risk: RiskPicture, statement: Statement, measures: Measures, *, accepted: int
) -> tuple[Tile, ...]:
    """Four figures for the board. `accepted` is the loss accepted in the worst year of 20."""
    return (
        loss_tile("Expected loss in an average year", risk, "mean_minor", None),
        loss_tile("Loss in the worst year of 20", risk, "var_95_minor", accepted),
        _work(measures),
        _answered(statement),
    )


def _work(measures: Measures) -> Tile:
    whole = max((one.build_days + one.run_days for one in measures.layers), default=1)
    return Tile(
        label="Work that it takes",
        figure=f"{count(measures.build_days)} + {count(measures.run_days)} days",
        note=f"once {measures.build_cost}, then {measures.run_cost} every year",
        bars=tuple(
            Bar(
                label=one.name,
                figure=f"{count(one.build_days)} + {count(one.run_days)}",
                drawn=stacked_bar([("build", one.build_days), ("run", one.run_days)], whole=whole),
            )
            for one in measures.layers
        ),
        key=(("build", "person-days once"), ("run", "every year")),
    )


def _answered(statement: Statement) -> Tile:
    """Requirements have to be answered, recommendations may be declined: a bar for each."""
    rows = [row for one in statement.clauses for row in one.rows if row.state in APPLICABLE]
    must, should = ([row.state for row in rows if row.must is wanted] for wanted in (True, False))
    seen = dict.fromkeys(row.state for row in rows)
    return Tile(
        label="Requirements answered",
        figure=_of(must),
        note="",
        bars=(_states("required", must), _states("recommended", should)),
        key=tuple((state, state) for state in APPLICABLE if state in seen),
    )


def _of(states: Sequence[str]) -> str:
    return f"{states.count(ANSWERED)} of {len(states)}"


def _states(label: str, states: Sequence[str]) -> Bar:
    parts = [(state, states.count(state)) for state in APPLICABLE]
    return Bar(label=label, figure=_of(states), drawn=stacked_bar(parts, whole=max(len(states), 1)))


def describe_service(service: Service) -> str:
    """What the service is, in two sentences."""
    volumes = service.volumes
    offered = listed([_lower(say(word)) for word in service.services])
    handsets = listed(
        [_named(say(kind)) for kind in dict.fromkeys(h.kind for h in service.handsets)]
    )
    agents = f" and {counted(service.agents.count, 'agent')}" if service.agents.count else ""
    return (
        f"offers {offered} to {count(volumes.customers)} customers on {handsets}{agents}: "
        f"{counted(volumes.transactions_per_day, 'payment')} on an average day, "
        f"{money(volumes.average_value_minor, service.currency)} each."
    )


def _lower(words: str) -> str:
    """A phrase inside a sentence; names keep their capitals."""
    return words[:1].lower() + words[1:]


def _named(word: str) -> str:
    return word if word in ("Android", "iOS") else f"{_lower(word)}s"


def list_open(
    risk: RiskPicture,
    service: Service,
    statement: Statement,
    measures: Measures,
    today: Standing | None,
) -> tuple[Point, ...]:
    """What stays open whatever the plan does.

    Takes: `today`, what is shown on the day of the page, when it has one.
    """
    return (*_of_losses(risk, service), *_of_trust(service, statement), *_of_work(measures, today))


def _of_losses(risk: RiskPicture, service: Service) -> Iterator[Point]:
    worst, accepted = risk.after.high.var_95_minor, service.appetite.annual_95_minor
    if worst > accepted:
        yield Point(
            head="If attacks come as often as feared",
            told=f"the worst year of 20 costs {money(worst, risk.currency)}, more than the "
            f"accepted {money(accepted, risk.currency)}",
            link="loss",
        )


def _of_trust(service: Service, statement: Statement) -> Iterator[Point]:
    if unanswered := statement.in_state(UNANSWERED):
        yield Point(
            head=counted(len(unanswered), "requirement"),
            told="no countermeasure answers: others have to close "
            + ("it" if len(unanswered) == 1 else "them"),
            link="coverage",
        )
    if any(module.kind == "software" for module in service.modules):
        yield Point(
            head="Keys in software",
            told="the provider's keys live in a software module: whoever controls the machine "
            "can reach them",
            link="service",
        )
    if service.witness == "self":
        yield Point(
            head="No outside witness",
            told="nobody but the provider vouches for the evidence log",
            link="service",
        )


def _of_work(measures: Measures, today: Standing | None) -> Iterator[Point]:
    yield Point(
        head=f"{counted(measures.provider, 'countermeasure')}",
        told="people have to carry out; this page plans them and does not show them at work",
        link="measures",
    )
    if today:
        yield Point(
            head=f"Evidence for {today.shown} of {counted(today.whole, 'countermeasure')}",
            told=f"on that alone, a year costs {today.mean} on average",
            link="loss",
        )


def list_to_decide(
    risk: RiskPicture,
    service: Service,
    measures: Measures,
    statement: Statement,
    decisions: tuple[Decision, ...],
) -> tuple[Point, ...]:
    """What the board is asked, the money first."""
    after, currency = risk.after.mid, risk.currency
    appetite = service.appetite
    points = [
        Point(
            head="Approve the work",
            told=f"{count(measures.build_days)} person-days once ({measures.build_cost}) and "
            f"{count(measures.run_days)} every year ({measures.run_cost}) for "
            f"{counted(measures.chosen, 'countermeasure')}",
            link="measures",
        ),
        Point(
            head="Accept what remains",
            told=f"{money(after.mean_minor, currency)} in an average year and "
            f"{money(after.var_95_minor, currency)} in the worst year of 20, within the accepted "
            f"{money(appetite.annual_95_minor, currency)}",
            link="loss",
        ),
    ]
    if declined := statement.totals["declined"]:
        points.append(
            Point(
                head="Decline, or overrule",
                told=f"{counted(declined, 'recommendation')} not followed, each with its reason",
                link="declined",
            )
        )
    points += [_asked(one) for one in decisions[:_ASKED]]
    if more := len(decisions[_ASKED:]):
        points.append(
            Point(
                head=f"And {counted(more, 'other')}",
                told="acceptances and exceptions, each with its end",
                link="decisions",
            )
        )
    return tuple(points)


def _asked(one: Decision) -> Point:
    ended = {"expired": ", which has run out", "soon": ", which is soon"}.get(one.state, "")
    word = "Accept more" if one.kind == "acceptance" else "Make an exception"
    return Point(
        head=f"{word}: {one.subject}",
        told=f"{one.title}: {one.what}, until {spelled(one.until)}{ended}",
        link="decisions",
    )
