"""What a policy enforces: operations, facts, tiers, patterns, and which control asks for them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tallystick.cli.knowledge import Catalogued, Lines, demanded_by, explained
from tallystick.cli.showing import money
from tallystick.decide import Explanation
from tallystick.ground.facts import PAYMENT_FACTS
from tallystick.standard import TYPOLOGIES, Catalogue

if TYPE_CHECKING:
    from tallystick.decide import SecurityPolicy
    from tallystick.decide.policy import TypologyRule


class Enforced:
    """Explains what one policy enforces and no selection has to justify."""

    def __init__(self, policy: SecurityPolicy, catalogue: Catalogue) -> None:
        self.policy, self.catalogue = policy, catalogue
        self.applied = {one.id for one in policy.requirements}
        self.controls = [catalogue.countermeasures[one.id] for one in policy.controls]

    def names(self) -> list[str]:
        """Every id that only this policy knows."""
        return [*self.policy.tiers]

    def explain(self, name: str) -> Explanation | None:
        """An operation, fact, tier or pattern of this policy; None for everything else."""
        if name in self.policy.operations:
            return self._operation(name)
        if name in PAYMENT_FACTS:
            return self._fact(name)
        if name in self.policy.tiers:
            return self._tier(name)
        found = [rule for rule in self.policy.typologies if rule.id == name]
        return self._pattern(found[0]) if found else None

    def _operation(self, name: str) -> Explanation:
        rule, currency = self.policy.operations[name], self.policy.currency
        lines: Lines = [("open to", ", ".join(rule.roles) or "nobody: this service has no need")]
        for fact in rule.facts:
            setters = [one.id for one in self.controls if fact in demanded_by(one, name)]
            lines.append(("needs", f"{fact}, demanded by {', '.join(setters)}"))
        if rule.step_up_minor is not None:
            lines.append(("PIN", f"from {money(rule.step_up_minor, currency)}"))
        for environment, most in rule.amount_max_minor.items():
            lines.append(("at most", f"{money(most, currency)} with keys in {environment}"))
        return explained(name, "operation", f"needs {len(rule.facts)} facts",
                         "offered" if rule.roles else "not offered", lines)  # fmt: skip

    def _fact(self, name: str) -> Explanation:
        of = [rule.operation for rule in self.policy.operations.values() if name in rule.facts]
        lines = [
            *(("demanded of", kind) for kind in of),
            *(
                ("demanded by", f"{one.id}: {one.title}")
                for one in self.controls
                if any(name in facts for facts in one.sets.facts.values())
            ),
            *(
                ("closes", f"{one.id}: {one.title}")
                for one in self.catalogue.requirements.values()
                if name in one.closing.facts and one.id in self.applied
            ),
        ]
        return explained(name, "fact", name, "demanded" if of else "not demanded", lines)

    def _pattern(self, rule: TypologyRule) -> Explanation:
        lines = [
            ("looks back", f"{rule.window_s:,} s"),
            *((name, str(number)) for name, number in rule.numbers.items()),
            *(
                ("used by", f"{one.id}: {one.title}")
                for one in self.controls
                if rule.id in one.sets.typologies
            ),
            *Catalogued(self.catalogue).tried(rule.id),
        ]
        return explained(rule.id, "pattern", TYPOLOGIES[rule.id], rule.action, lines)

    def _tier(self, name: str) -> Explanation:
        limits, currency = self.policy.tiers[name], self.policy.currency
        lines = [
            ("per transaction", money(limits.per_transaction_minor, currency)),
            ("per day", money(limits.per_day_minor, currency)),
            ("per month", money(limits.per_month_minor, currency)),
            ("balance", money(limits.balance_minor, currency)),
            *(
                ("enforced by", f"{one.id}: {one.title}")
                for one in self.controls
                if "tier.within" in {fact for facts in one.sets.facts.values() for fact in facts}
            ),
        ]
        return explained(name, "tier", "what its customers may do", "in force", lines)
