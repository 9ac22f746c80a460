"""What every test gets: a bounded search, a seed that is printed, a clock that stands still, no network."""

from __future__ import annotations

import ipaddress
import os
import random
import sys
from typing import Any

import pytest
from hypothesis import HealthCheck, settings

from tallystick.ground.clock import ManualClock
from tests.postgres import own_postgres, postgres_cluster, postgres_url
from tests.softhsm import soft_token

__all__ = ["own_postgres", "postgres_cluster", "postgres_url", "soft_token"]

_quiet = (HealthCheck.too_slow, HealthCheck.function_scoped_fixture)
for _name, _examples in (("default", 50), ("ci", 100), ("storm", 2_000)):
    settings.register_profile(
        _name,
        max_examples=_examples,
        deadline=None,
        print_blob=True,
        suppress_health_check=_quiet,
    )
settings.load_profile(os.environ.get("TALLYSTICK_TESTS", "default"))


@pytest.hookimpl(tryfirst=True)
def pytest_configure(config: pytest.Config) -> None:
    """Choose one seed for the whole run unless `--hypothesis-seed` names one."""
    if config.getoption("hypothesis_seed") is None:
        config.option.hypothesis_seed = str(random.SystemRandom().randrange(2**32))


def pytest_terminal_summary(terminalreporter: Any, config: pytest.Config) -> None:
    seed = config.getoption("hypothesis_seed")
    terminalreporter.write_line(f"random seed {seed} (again: pytest --hypothesis-seed={seed})")


@pytest.fixture
def seed(pytestconfig: pytest.Config) -> int:
    """The seed of this run, for tests that draw their own chance."""
    return int(pytestconfig.getoption("hypothesis_seed"))


@pytest.fixture
def clock() -> ManualClock:
    """A clock that stands still until the test moves it."""
    return ManualClock()


@pytest.fixture
def cheap_passphrase(monkeypatch: pytest.MonkeyPatch) -> None:
    """Passphrases are stretched at next to no cost, where no other process opens what they seal.

    The real cost is held to in tests/rooms/crypto/test_key_file.py.
    """
    monkeypatch.setattr("tallystick.crypto.keys.sealed._COST_N", 2**4)


LAB = ipaddress.ip_network("10.71.0.0/24")
"""The network of deploy/lab.py: machines that are namespaces of this one."""


class NetworkForbidden(RuntimeError):
    """A test tried to leave this machine."""


def _is_here(host: object) -> bool:
    if host is None or host in ("", b"", "localhost", b"localhost"):
        return True
    text = host.decode("ascii", "replace") if isinstance(host, bytes) else str(host)
    try:
        address = ipaddress.ip_address(text.split("%")[0])
    except ValueError:
        return False
    return address.is_loopback or address in LAB


def _stay_here(event: str, arguments: tuple[Any, ...]) -> None:
    if event in ("socket.connect", "socket.sendto"):
        address = arguments[1]
        if isinstance(address, tuple) and not _is_here(address[0]):
            raise NetworkForbidden(f"tests do not leave this machine: {address[0]}")
    elif event in ("socket.getaddrinfo", "socket.gethostbyname") and not _is_here(arguments[0]):
        raise NetworkForbidden(f"tests do not look up names: {arguments[0]}")


sys.addaudithook(_stay_here)
