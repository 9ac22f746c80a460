"""What every document is made from, and how its identifiers and instants follow from it."""

from __future__ import annotations

import json
import re
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import cached_property
from typing import Any

from tallystick.analyse import RiskAnalysis
from tallystick.decide import Plan
from tallystick.decide.controls import remaining_shares
from tallystick.decide.policy import AppliedRequirement, SecurityPolicy
from tallystick.describe import Service
from tallystick.ground.errors import Misconfigured
from tallystick.ground.money import Amount
from tallystick.prove.closure import Assessment
from tallystick.prove.dossier import Dossier
from tallystick.standard import Catalogue

NO_DATE = "1980-01-01"
"""The date of documents for which nobody named one: recognisably none, and the same everywhere."""

NAMESPACE = "urn:tallystick:exchange"
"""The name space of our properties and of our identifiers."""
_UUIDS = uuid.uuid5(uuid.NAMESPACE_URL, NAMESPACE)
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


@dataclass(frozen=True, kw_only=True)
class Material:
    """One planned service, and what was proven about it if a dossier is there.

    `made_at` is the date (YYYY-MM-DD) that the documents carry. `source` is what the service file
    is called in them.
    Refuses: Misconfigured when the artefacts do not belong together, or for what is no date.
    """

    service: Service
    catalogue: Catalogue
    analysis: RiskAnalysis
    policy: SecurityPolicy
    dossier: Dossier | None = None
    made_at: str = NO_DATE
    source: str = "service.toml"

    def __post_init__(self) -> None:
        check_date(self.made_at, where="as-of")
        pairs = [
            ("analysis", self.analysis.service, self.service.digest, "the service"),
            ("analysis", self.analysis.catalogue, self.catalogue.digest, "the catalogue"),
            ("policy", self.policy.analysis, self.analysis.digest, "the analysis"),
        ]
        if self.dossier is not None:
            pairs.append(("dossier", self.dossier.chain.policy, self.policy.digest, "the policy"))
        for where, named, found, what in pairs:
            if named != found:
                raise Misconfigured(f"is of another one than {what} {found[:19]}", where=where)

    @cached_property
    def assessments(self) -> Mapping[str, Assessment]:
        """The assessments of the dossier by requirement; empty without a dossier."""
        found = self.dossier.assessments if self.dossier is not None else ()
        return {one.id: one for one in found}

    @cached_property
    def applied(self) -> Mapping[str, AppliedRequirement]:
        """The requirements and recommendations that apply to the service, by id."""
        return {one.id: one for one in self.policy.requirements}

    @cached_property
    def after_minor(self) -> Mapping[str, int]:
        """Expected loss of a year that remains of each scenario under the controls in force."""
        controls = [self.catalogue.countermeasures[one.id] for one in self.policy.controls]
        shares = remaining_shares(self.analysis.scenarios, controls)
        return {
            one.id: round(one.expected_minor.mid * shares[one.id])
            for one in self.analysis.scenarios
        }

    @property
    def instant(self) -> str:
        """`made_at` as RFC 3339 writes an instant."""
        return f"{self.made_at}T00:00:00Z"

    def money(self, minor: int) -> str:
        """An amount of the service's currency, for people."""
        return str(Amount(minor=minor, currency=self.service.currency))

    def uuid(self, *parts: str) -> str:
        """The identifier of a thing of this service: the same in every document and run."""
        return stable_uuid(self.service.id, *parts)

    def document_uuid(self, model: str) -> str:
        """The identifier of a document: another one as soon as what it is made from differs."""
        proven = self.dossier.digest if self.dossier is not None else ""
        return self.uuid("document", model, self.policy.digest, proven, self.made_at)


def material_of(
    plan: Plan,
    *,
    dossier: Dossier | None = None,
    made_at: str = "",
    source: str = "service.toml",
) -> Material:
    """The material of a plan. Without a date the dossier's day is taken, and else NO_DATE."""
    if not made_at:
        made_at = date_of_dossier(dossier) if dossier is not None else NO_DATE
    return Material(
        service=plan.service,
        catalogue=plan.catalogue,
        analysis=plan.analysis,
        policy=plan.policy,
        dossier=dossier,
        made_at=made_at,
        source=source,
    )


def check_date(text: str, *, where: str) -> date:
    """Read a date. Refuses: Misconfigured for anything but YYYY-MM-DD.

    >>> check_date("2026-02-28", where="as-of").isoformat()
    '2026-02-28'
    """
    try:
        if not _DATE.fullmatch(text):
            raise ValueError
        return date.fromisoformat(text)
    except ValueError:
        raise Misconfigured(
            f"{text[:40]!r} is no date", where=where, allowed="YYYY-MM-DD, such as 2026-06-30"
        ) from None


def date_of_dossier(dossier: Dossier) -> str:
    """The day (UTC) at which a dossier was closed."""
    return instant_of(dossier.at_ms)[:10]


def instant_of(at_ms: int) -> str:
    """Milliseconds since 1970 as RFC 3339 writes an instant.

    Refuses: Misconfigured for what is beyond the calendar.

    >>> instant_of(1_700_000_000_123)
    '2023-11-14T22:13:20.123Z'
    """
    seconds, millis = divmod(at_ms, 1000)
    try:
        told = datetime.fromtimestamp(seconds, UTC).replace(tzinfo=None)
    except (OverflowError, ValueError, OSError):
        raise Misconfigured(f"{at_ms} ms are beyond the calendar", where="an instant") from None
    return f"{told.isoformat()}.{millis:03d}Z"


def stable_uuid(*parts: str) -> str:
    """A version 5 UUID from names: the same names give the same UUID, on every machine.

    >>> stable_uuid("component", "C-DEV-BIND")[14]
    '5'
    """
    return str(uuid.uuid5(_UUIDS, "\n".join(parts)))


def json_octets(value: Any) -> bytes:
    """JSON for people and tools: members in the model's order, two spaces, a last line feed."""
    return json.dumps(value, ensure_ascii=False, indent=2, allow_nan=False).encode() + b"\n"
