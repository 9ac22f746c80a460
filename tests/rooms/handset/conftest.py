import pytest

from tallystick.ground.clock import ManualClock
from tallystick.ground.money import Amount
from tallystick.handset import Application, Handset, read_pin
from tests.rooms.handset.provider import BASE, FakeProvider

APPLICATION = Application(version=3, build="sha256:" + "a" * 64, debuggable=False, rooted=False)


def kes(minor):
    return Amount(minor=minor, currency="KES")


def pay(handset):
    """One small payment that every provider of these tests accepts."""
    return handset.pay("a-2", "Mama Njeri", kes(1_000))


def changed_leaf(**members):
    """A tamper hook: the provider logs another leaf than it should."""
    return lambda leaf: leaf | members


@pytest.fixture
def clock():
    return ManualClock()


@pytest.fixture
def provider(clock):
    return FakeProvider(clock=clock)


@pytest.fixture
def fresh(provider, clock):
    """A handset that is bound to nobody."""
    handset = Handset.create(
        BASE,
        provider.signer.verifier_key,
        secure_environment="tee",
        application=APPLICATION,
        clock=clock,
        transport=provider.transport,
    )
    with handset:
        yield handset


@pytest.fixture
def handset(fresh):
    """A handset that is enrolled."""
    fresh.enrol("ABCD-EFGH-JKLM", read_pin("2468"))
    return fresh
