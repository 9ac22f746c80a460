"""DUKPT: what holds for every counter, and what is refused."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tallystick.crypto.mechanisms import BlockCipher
from tallystick.crypto.transaction_keys import (
    AES_COUNTERS,
    TDES_COUNTERS,
    AesDukpt,
    AesInitialKey,
    AesSerialNumber,
    CounterRule,
    FutureKeys,
    KeysExhausted,
    Path,
    SerialNumberRefused,
    TdesDukpt,
    TdesInitialKey,
    TdesSerialNumber,
    TdesVariant,
    WorkingKeyRefused,
    WorkingKind,
    WorkingUsage,
    aes_device,
    derivation_path,
    tdes_device,
)
from tallystick.ground.errors import Defect

h = bytes.fromhex
DEVICE = h("1234567890123456")
FIRST = TdesSerialNumber.read_initial(h("ffff9876543210e00000"))
AES_ROOT = AesInitialKey(h("1273671ea26ac29afa4d1084127652a1"), DEVICE)
TDES_ROOT = TdesInitialKey(h("6ac292faa1315b4d858ab3a3d7d5933a"), FIRST)
SMALL = CounterRule(bits=7, ones_max=3)
KEYS = st.binary(min_size=16, max_size=16)


def counters(rule: CounterRule) -> st.SearchStrategy[int]:
    ones = st.sets(st.integers(0, rule.bits - 1), min_size=1, max_size=rule.ones_max)
    return ones.map(lambda bits: sum(1 << bit for bit in bits))


@pytest.mark.parametrize("root", [AES_ROOT.root, TDES_ROOT.root], ids=["aes", "tdes"])
def test_host_and_device_agree_from_the_first_counter_to_the_last(root) -> None:
    """Every counter of a short register, which follows the rule of the long ones."""
    device, path = FutureKeys(root, SMALL), Path(root)
    allowed = [counter for counter in range(1 << SMALL.bits) if SMALL.allows(counter)]
    for counter in allowed:
        node = device.next()
        assert node.counter == counter
        assert path.to(counter).key == node.key
    assert device.held() == []
    with pytest.raises(KeysExhausted):
        device.next()


@pytest.mark.parametrize("root", [AES_ROOT.root, TDES_ROOT.root], ids=["aes", "tdes"])
def test_an_opened_device_has_no_used_key_and_nothing_that_leads_to_one(root) -> None:
    device, used = FutureKeys(root, SMALL), set()
    for _ in range(40):
        node = device.next()
        used.add(node.key)
        reachable = set()
        for held in device.held():
            lowest = held.counter & -held.counter
            reachable.add(held.key)
            reachable |= {Path(held).to(held.counter | low).key for low in range(lowest)}
        assert not used & reachable


@pytest.mark.parametrize(
    ("device", "root"),
    [(aes_device(AES_ROOT), AES_ROOT.root), (tdes_device(TDES_ROOT), TDES_ROOT.root)],
    ids=["aes", "tdes"],
)
def test_host_and_device_agree_for_the_first_thousands(device, root) -> None:
    path = Path(root)
    for _ in range(3000):
        node = device.next()
        assert path.to(node.counter).key == node.key


def test_the_tdes_counter_has_a_million_values() -> None:
    counter = 0
    for _ in range(2**20 - 1):
        counter = TDES_COUNTERS.after(counter)
    assert counter == 0x1FF800
    with pytest.raises(KeysExhausted):
        TDES_COUNTERS.after(counter)


@given(counter=counters(AES_COUNTERS))
def test_the_aes_counter_skips_to_the_next_value_that_is_allowed(counter: int) -> None:
    if counter == 0xFFFF0000:
        return
    following = AES_COUNTERS.after(counter)
    assert AES_COUNTERS.allows(following)
    between = range(counter + 1, min(following, counter + 2000))
    assert not any(AES_COUNTERS.allows(value) for value in between)


def test_the_last_aes_counter_is_the_last() -> None:
    assert AES_COUNTERS.allows(0xFFFF0000)
    with pytest.raises(KeysExhausted):
        AES_COUNTERS.after(0xFFFF0000)


@given(order=st.lists(counters(AES_COUNTERS), min_size=1, max_size=8))
def test_aes_keys_do_not_depend_on_what_was_asked_before(order: list[int]) -> None:
    keeping = AesDukpt(bytes(range(16)), devices_max=1)
    for counter in order:
        number = AesSerialNumber(DEVICE, counter)
        asked = (number, WorkingUsage.MAC_BOTH, WorkingKind.AES_128)
        fresh = AesDukpt(bytes(range(16)), devices_max=0)
        assert keeping.working_key(*asked) == fresh.working_key(*asked)


@given(
    order=st.lists(st.tuples(st.integers(0, 3), counters(TDES_COUNTERS)), min_size=1, max_size=8)
)
def test_tdes_keys_do_not_depend_on_what_was_asked_before(order: list[tuple[int, int]]) -> None:
    keeping = TdesDukpt(bytes(range(16)), devices_max=2)
    for which, counter in order:
        number = TdesSerialNumber(bytes([which]) + bytes(9), counter)
        fresh = TdesDukpt(bytes(range(16)), devices_max=0)
        for variant in TdesVariant:
            assert keeping.working_key(number, variant) == fresh.working_key(number, variant)


@given(base=KEYS, device=st.binary(min_size=8, max_size=8), counter=counters(AES_COUNTERS))
def test_a_host_with_the_initial_key_derives_as_one_with_the_base_key(
    base: bytes, device: bytes, counter: int
) -> None:
    host = AesDukpt(base)
    asked = (WorkingUsage.PIN_ENCRYPTION, WorkingKind.AES_128)
    root = AesInitialKey(host.initial_key(device), device).root
    number = AesSerialNumber(device, counter)
    assert Path(root).to(counter).working_key(*asked) == host.working_key(number, *asked)


@given(
    octets=st.sampled_from([16, 24, 32]),
    counter=counters(AES_COUNTERS),
    kind=st.sampled_from(list(WorkingKind)),
    usage=st.sampled_from(list(WorkingUsage)),
)
def test_the_steps_for_a_token_lead_to_the_same_key(
    octets: int, counter: int, kind: WorkingKind, usage: WorkingUsage
) -> None:
    base = WorkingKind[f"AES_{8 * octets}"]
    number, key = AesSerialNumber(DEVICE, counter), bytes(range(octets))
    if kind.strength_bits > base.strength_bits:
        with pytest.raises(WorkingKeyRefused):
            derivation_path(number, usage, kind, base=base)
        return
    expected = AesDukpt(key).working_key(number, usage, kind)
    *steps, last = derivation_path(number, usage, kind, base=base)
    for step in steps:
        key = BlockCipher.aes(key).encrypt(step)[: base.octets]
    assert BlockCipher.aes(key).encrypt(last)[: kind.octets] == expected


@given(base=KEYS, counter=counters(AES_COUNTERS))
def test_no_two_usages_have_the_same_key(base: bytes, counter: int) -> None:
    host, number = AesDukpt(base), AesSerialNumber(DEVICE, counter)
    kinds = [kind for kind in WorkingKind if kind.strength_bits <= 128]
    keys = {host.working_key(number, usage, kind) for usage in WorkingUsage for kind in kinds}
    # Deriving under KEY_DERIVATION and the AES kind is how an intermediate key is made, but of
    # another counter; here all differ.
    assert len(keys) == len(WorkingUsage) * len(kinds)


@given(base=KEYS, counter=counters(TDES_COUNTERS))
def test_no_two_variants_have_the_same_key(base: bytes, counter: int) -> None:
    number = TdesSerialNumber(FIRST.device, counter)
    keys = {TdesDukpt(base).working_key(number, variant) for variant in TdesVariant}
    assert len(keys) == len(TdesVariant)


@pytest.mark.parametrize(
    ("octets", "kind"),
    [
        (16, WorkingKind.AES_192),
        (16, WorkingKind.AES_256),
        (16, WorkingKind.HMAC_192),
        (16, WorkingKind.HMAC_256),
        (24, WorkingKind.AES_256),
        (24, WorkingKind.HMAC_256),
    ],
)
def test_a_working_key_is_not_stronger_than_its_base_key(octets: int, kind: WorkingKind) -> None:
    host = AesDukpt(bytes(octets))
    with pytest.raises(WorkingKeyRefused):
        host.working_key(AesSerialNumber(DEVICE, 1), WorkingUsage.MAC_BOTH, kind)
    with pytest.raises(WorkingKeyRefused):
        host.update_key(DEVICE, kind)


@pytest.mark.parametrize("octets", [16, 24, 32])
def test_every_kind_has_its_length(octets: int) -> None:
    host = AesDukpt(bytes(octets))
    for kind in WorkingKind:
        if kind.strength_bits <= 8 * octets:
            key = host.working_key(AesSerialNumber(DEVICE, 3), WorkingUsage.MAC_BOTH, kind)
            assert len(key) == kind.octets


@given(octets=st.binary(max_size=16))
def test_strangers_serial_numbers_are_read_or_refused(octets: bytes) -> None:
    for read, rule, lengths in (
        (TdesSerialNumber.read, TDES_COUNTERS, (8, 10)),
        (AesSerialNumber.read, AES_COUNTERS, (12,)),
    ):
        try:
            number = read(octets)
        except SerialNumberRefused:
            continue
        assert len(octets) in lengths
        assert rule.allows(number.counter)
        assert number.octets.endswith(octets)


@pytest.mark.parametrize(
    "octets", ["ffff9876543210e00000", "ffff9876543210e007ff", "ffff9876543210fffffe", "ff", ""]
)
def test_tdes_numbers_that_no_device_sends(octets: str) -> None:
    with pytest.raises(SerialNumberRefused):
        TdesSerialNumber.read(h(octets))


@pytest.mark.parametrize(
    "octets",
    ["123456789012345600000000", "12345678901234560001ffff", "1234567890123456ffffffff", "1234"],
)
def test_aes_numbers_that_no_device_sends(octets: str) -> None:
    with pytest.raises(SerialNumberRefused):
        AesSerialNumber.read(h(octets))


def test_the_short_form_of_a_tdes_number_is_the_long_one() -> None:
    short, long = (
        TdesSerialNumber.read(h(n)) for n in ("9876543210e00001", "ffff9876543210e00001")
    )
    assert short == long


def test_initial_keys_differ_between_devices_and_not_between_counters() -> None:
    host = TdesDukpt(bytes(range(16)))
    numbers = [TdesSerialNumber.read(h(f"ffff9876543{n}e00001")) for n in ("210", "211", "212")]
    keys = [host.initial_key(number) for number in numbers]
    assert all(one != other for one, other in pairwise(keys))
    later = TdesSerialNumber.read(h("ffff9876543210e00008"))
    assert host.initial_key(later) == keys[0]


def test_lengths_are_demanded_and_keys_not_shown() -> None:
    with pytest.raises(Defect):
        AesDukpt(bytes(15))
    with pytest.raises(Defect):
        TdesDukpt(bytes(24))
    with pytest.raises(SerialNumberRefused):
        AesDukpt(bytes(16)).initial_key(bytes(7))
    things = (AesDukpt(b"secretsecretsecr"), AES_ROOT, AES_ROOT.root, TDES_ROOT, TDES_ROOT.root)
    shown = " ".join(map(repr, things))
    assert "secret" not in shown
    assert "1273671e" not in shown
