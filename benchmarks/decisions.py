"""How long the compiled policy takes to answer, in CPU time of this process.

The policy of the example service is asked random questions, each with its own operation, role,
secure environment, tier and amount. Prints a table; nothing here is a test of time.
"""

from __future__ import annotations

import random
import time
from pathlib import Path

from tallystick.analyse import analyse_risk
from tallystick.decide import SecurityPolicy, compile_policy
from tallystick.decide.policy.tables import (
    Request,
    compile_matcher,
    decision_tables,
    stricter_than,
)
from tallystick.describe import load_service
from tallystick.standard import PAYMENT_KINDS

SERVICE = Path(__file__).resolve().parent.parent / "examples" / "wallet.toml"
QUESTIONS = 20_000
TURNS = 10


def main() -> None:
    """Compile, ask, compare, print."""
    service = load_service(SERVICE)
    policy = compile_policy(service, analyse_risk(service))
    start = time.process_time()
    matcher = compile_matcher(policy)
    compile_ms = (time.process_time() - start) * 1000
    start = time.process_time()
    stricter_than(policy, policy)
    compare_ms = (time.process_time() - start) * 1000
    rows = sum(len(table.rows) for table in decision_tables(policy))
    asked = questions(policy)
    matcher.decide(asked[0])
    start = time.process_time()
    for _ in range(TURNS):
        for request in asked:
            matcher.decide(request)
    each_us = (time.process_time() - start) * 1_000_000 / (TURNS * len(asked))
    print("the policy as decision tables (CPU time)")
    print(f"  {'one decision':<22}{each_us:>12.2f} us   of {len(asked):,} random questions")
    print(f"  {'compile the matcher':<22}{compile_ms:>12.1f} ms   {rows} rows, every cell checked")
    print(f"  {'compare two policies':<22}{compare_ms:>12.1f} ms   every cell of both")


def questions(policy: SecurityPolicy) -> list[Request]:
    """Seeded, so that two runs ask the same."""
    chance = random.Random(12812)
    roles = sorted({role for rule in policy.operations.values() for role in rule.roles})
    largest = max(tier.per_transaction_minor for tier in policy.tiers.values())
    return [
        Request(
            operation=chance.choice(PAYMENT_KINDS),
            role=chance.choice(roles),
            environment=chance.choice(("se", "tee", "software")),
            tier=chance.choice(sorted(policy.tiers)),
            amount_minor=chance.randint(0, largest * 2),
        )
        for _ in range(QUESTIONS)
    ]


if __name__ == "__main__":
    main()
