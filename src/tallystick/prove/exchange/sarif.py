"""Findings as SARIF 2.1.0, which code hosts show beside the lines of a change."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any
from urllib.parse import quote

from tallystick import __version__
from tallystick.prove.exchange.findings import RULES, Finding, Rule
from tallystick.prove.exchange.material import json_octets

SCHEMA = (
    "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
)
FINGERPRINT = "tallystick/v1"


def sarif_log(findings: Iterable[Finding], *, version: str = __version__) -> bytes:
    """One run with these findings, in their order; an empty one when there are none.

    Source: SARIF 2.1.0 (OASIS), 3.13 to 3.29.
    """
    told = list(findings)
    used = [rule for name, rule in RULES.items() if any(one.rule == name for one in told)]
    run = {
        "tool": {
            "driver": {
                "name": "Tallystick",
                "semanticVersion": version,
                "rules": [_rule(rule) for rule in used],
            }
        },
        "columnKind": "unicodeCodePoints",
        "results": [_result(one, used) for one in told],
    }
    return json_octets({"$schema": SCHEMA, "version": "2.1.0", "runs": [run]})


def _rule(rule: Rule) -> dict[str, Any]:
    return {
        "id": rule.id,
        "name": rule.name,
        "shortDescription": {"text": rule.short},
        "fullDescription": {"text": f"{rule.short} {rule.help}"},
        "help": {"text": rule.help, "markdown": rule.help},
        "defaultConfiguration": {"level": rule.level},
        "properties": {"tags": ["security", "iso-12812-2"]},
    }


def _result(finding: Finding, used: Sequence[Rule]) -> dict[str, Any]:
    names = [rule.id for rule in used]
    return {
        "ruleId": finding.rule,
        "ruleIndex": names.index(finding.rule),
        "level": finding.level,
        "message": {"text": f"{finding.id}: {finding.message}"},
        "locations": [_location(finding)],
        "partialFingerprints": {FINGERPRINT: finding.fingerprint},
        "properties": {"about": finding.id},
    }


def _location(finding: Finding) -> dict[str, Any]:
    physical: dict[str, Any] = {"artifactLocation": {"uri": quote(finding.file)}}
    if finding.line is not None:
        physical["region"] = {"startLine": finding.line}
    return {
        "physicalLocation": physical,
        "logicalLocations": [{"name": finding.id, "fullyQualifiedName": finding.id}],
    }
