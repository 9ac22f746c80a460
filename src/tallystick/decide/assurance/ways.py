"""What an explanation says about attack paths: those with a threat as a step, those that a
countermeasure cuts."""

from __future__ import annotations

import math
from collections.abc import Mapping

from tallystick.analyse import AttackPath, RiskAnalysis, paths_under
from tallystick.ground.money import format_minor

_LOOKED_AT = 200
_TOLD = 3


def path_lines(
    analysis: RiskAnalysis, shares: Mapping[str, float], threat: str
) -> list[tuple[str, str]]:
    """The costliest paths with this threat as a step, before and after the countermeasures.

    Only the costliest paths of all are looked at; a threat in none of them has no line.
    """
    before = [path for path in paths_under(analysis, {}, most=_LOOKED_AT) if threat in path.threats]
    return [("part of", _told(analysis, path, shares)) for path in before[:_TOLD]]


def cut_lines(
    analysis: RiskAnalysis,
    shares: Mapping[str, float],
    without: Mapping[str, float],
    accepted: Mapping[str, int],
) -> list[tuple[str, str]]:
    """The paths that would cost more than is accepted without a countermeasure.

    Takes: the shares of events that remain with and without it, and what is accepted of a threat
    beyond the appetite. Only the costliest paths without it are looked at.
    """
    titles = {scenario.threat: scenario.title for scenario in analysis.scenarios}
    lines = []
    for path in paths_under(analysis, without, most=_LOOKED_AT):
        most = accepted.get(path.threats[-1], analysis.appetite_minor)
        now = math.prod(shares[analysis.scenario(name).id] for name in path.threats)
        then = math.prod(without[analysis.scenario(name).id] for name in path.threats)
        if path.expected_minor > most and now < then:
            kept = _money(analysis, round(path.expected_minor * now / then))
            told = f"{kept} a year, {_money(analysis, path.expected_minor)} without it"
            lines.append(("cuts", f"{path.id}: {path.in_words(titles)}; {told}"))
    return lines[:_TOLD]


def _told(analysis: RiskAnalysis, path: AttackPath, shares: Mapping[str, float]) -> str:
    remains = 1.0
    for threat in path.threats:
        remains *= shares[analysis.scenario(threat).id]
    before = _money(analysis, path.expected_minor)
    after = _money(analysis, round(path.expected_minor * remains))
    return f"{path.id}: {' > '.join(path.threats)} > {path.target}; {before} a year, now {after}"


def _money(analysis: RiskAnalysis, minor: int) -> str:
    return f"{format_minor(minor, analysis.currency)} {analysis.currency}"
