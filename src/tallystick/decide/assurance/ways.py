"""What an explanation of a threat says about attack paths that it is a step of."""

from __future__ import annotations

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


def _told(analysis: RiskAnalysis, path: AttackPath, shares: Mapping[str, float]) -> str:
    remains = 1.0
    for threat in path.threats:
        remains *= shares[analysis.scenario(threat).id]
    before = _money(analysis, path.expected_minor)
    after = _money(analysis, round(path.expected_minor * remains))
    return f"{path.id}: {' > '.join(path.threats)} > {path.target}; {before} a year, now {after}"


def _money(analysis: RiskAnalysis, minor: int) -> str:
    return f"{format_minor(minor, analysis.currency)} {analysis.currency}"
