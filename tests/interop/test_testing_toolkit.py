"""The scheme's own testing toolkit, unmodified, with the collections that its package carries."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.interop.rig import participant
from tests.interop.toolkit import Toolkit, running

pytestmark = pytest.mark.slow

LIMITATIONS = Path(__file__).parents[2] / "docs/limitations.md"

PARTIES_FOR_QUOTES = ("POST /quotes with missing headers", "Send quote")
"""A quote under the media types of parties, which the collection expects to be taken."""
PARTIES_FOR_REQUESTS = ("P2P Transfer Happy Path", "Send Transaction Request to Payer")
"""The same of a transaction request; its answer would have to be called one about parties too."""
TWO_HUNDRED = (
    "transaction-request-service (BUG)",
    "Payee initiate request (Not Supported in SDK yet)",
)
"""Named "should be 202", and compares with 200."""

COLLECTIONS = [
    # name, assertions, those that cannot pass and where
    ("p2p_happy_path", 28, {}),
    ("p2p_happy_path_jws", 46, {}),
    ("p2p_happy_path_extended", 444, {PARTIES_FOR_QUOTES: 7}),
    ("p2p_failed_tests", 506, {PARTIES_FOR_QUOTES: 7, TWO_HUNDRED: 1}),
    ("transaction_request_service", 17, {PARTIES_FOR_REQUESTS: 9}),
]


@pytest.fixture(scope="module")
def toolkit(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Toolkit]:
    with running(tmp_path_factory.mktemp("toolkit")) as started:
        yield started


@pytest.fixture(scope="module")
def service(toolkit: Toolkit, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    home = tmp_path_factory.mktemp("service") / "home"
    with participant(home, toolkit.hub_url) as (stage, url):
        yield url
    assert stage.findings() == []


@pytest.mark.parametrize(("name", "count", "cannot"), COLLECTIONS, ids=[c[0] for c in COLLECTIONS])
def test_every_assertion_of_a_collection_passes(
    toolkit: Toolkit, service: str, name: str, count: int, cannot: dict[tuple[str, str], int]
) -> None:
    assertions = toolkit.run(name, service)
    assert len(assertions) == count
    failed = [one for one in assertions if not one.passed]
    surprises = [one for one in failed if (one.case, one.request) not in cannot]
    assert surprises == []
    seen = {place: sum((one.case, one.request) == place for one in failed) for place in cannot}
    assert seen == cannot


def test_what_cannot_pass_is_what_the_limitations_say() -> None:
    total = sum(count for _, count, _ in COLLECTIONS)
    failing = sum(sum(cannot.values()) for _, _, cannot in COLLECTIONS)
    text = " ".join(LIMITATIONS.read_text().split())
    found = re.search(r"testing toolkit.{0,200}?(\d+) of ([\d,]+) assertions", text)
    assert found is not None
    assert (int(found[1]), int(found[2].replace(",", ""))) == (failing, total)
