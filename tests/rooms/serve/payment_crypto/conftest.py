"""The interface over a crypto module in memory, on a real socket, and boto3 clients of it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tallystick.crypto.payment import ModulePolicy
from tallystick.testing import local_bench, local_module
from tests.payment_wire import access_key, client, serving, wire_over

KEY = access_key()


@pytest.fixture(scope="module")
def bench() -> Any:
    return local_bench(policy=ModulePolicy(cryptograms_made=True, card_data=True))


@pytest.fixture(scope="module")
def url(bench: Any) -> Iterator[str]:
    with serving(wire_over(local_module(bench), KEY)) as base:
        yield base


@pytest.fixture(scope="module")
def control(url: str) -> Any:
    return client("control", url, KEY)


@pytest.fixture(scope="module")
def data(url: str) -> Any:
    return client("data", url, KEY)
