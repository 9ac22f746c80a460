"""Keys in the token, used through the module: level S3 where the policy asks for it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tallystick.backends.pkcs11 import TokenKeeper
from tallystick.crypto.key_blocks import (
    Exportability,
    KeyAlgorithm,
    KeyAttributes,
    KeyMode,
    KeyUsage,
)
from tallystick.crypto.keys import AssuranceLevel, LifeState
from tallystick.crypto.mechanisms import Cmac
from tallystick.crypto.payment import (
    ByKey,
    ChangeState,
    Denied,
    GenerateMac,
    LocalModule,
    MacAlgorithm,
    ModulePolicy,
)
from tallystick.crypto.payment.in_token_calls import (
    AdoptTokenKey,
    CreateTokenKey,
    GenerateTokenMac,
    ListTokenKeys,
    OfDevice,
    TokenKeyView,
    TokenKeyViews,
    TokenMac,
    VerifiedTokenMac,
    VerifyTokenMac,
)
from tallystick.crypto.transaction_keys import AesDukpt, AesSerialNumber, WorkingKind, WorkingUsage
from tallystick.ground.clock import ManualClock
from tallystick.testing import MemoryKeyStore, local_bench, local_module
from tests.softhsm import SoftToken

SERIAL = bytes.fromhex("1234567890123456") + (5).to_bytes(4, "big")
BASE = KeyAttributes(
    usage=KeyUsage.BASE_DERIVATION,
    algorithm=KeyAlgorithm.AES_128,
    mode=KeyMode.DERIVE,
    exportability=Exportability.NOT_EXPORTABLE,
)


@pytest.fixture
def keeper(soft_token: SoftToken) -> Iterator[TokenKeeper]:
    with TokenKeeper(soft_token.write("rehearsal = true"), create=True) as opened:
        yield opened


def module_on(keeper: TokenKeeper, **policy: Any) -> LocalModule:
    return local_module(local_bench(master=keeper, policy=ModulePolicy(**policy)))


def cmac_key(**changes: Any) -> CreateTokenKey:
    given = {
        "usage": KeyUsage.MAC_CMAC, "algorithm": KeyAlgorithm.AES_256,
        "mode": KeyMode.GENERATE_AND_VERIFY, "label": "switch",
    }  # fmt: skip
    return CreateTokenKey(**{**given, **changes})


def one(module: LocalModule, call: Any) -> Any:
    (answer,) = module.perform([call])
    return answer


def test_a_mac_is_made_inside_where_the_policy_wants_s3(keeper: TokenKeeper) -> None:
    module = module_on(keeper, level_min={"mac": AssuranceLevel.S3})
    made = one(module, cmac_key())
    assert isinstance(made, TokenKeyView), made
    assert made.label == "test switch"
    mac = one(module, GenerateTokenMac(key=made.key, message=b"abc"))
    assert isinstance(mac, TokenMac), mac
    assert (len(mac.mac), mac.level) == (16, AssuranceLevel.S3)
    right = one(module, VerifyTokenMac(key=made.key, message=b"abc", mac=mac.mac))
    assert isinstance(right, VerifiedTokenMac)
    outside = GenerateMac(key="a" * 24, message=b"x", by=ByKey(algorithm=MacAlgorithm.CMAC))
    assert one(module, outside).code == "level.too_low"
    listed = one(module, ListTokenKeys())
    assert isinstance(listed, TokenKeyViews)
    assert [key.key for key in listed.keys] == [made.key]


def test_wrong_macs_are_counted(keeper: TokenKeeper) -> None:
    module = module_on(keeper, mac_failures_max=2)
    made = one(module, cmac_key())
    wrong = VerifyTokenMac(key=made.key, message=b"abc", mac=bytes(16))
    assert [one(module, wrong).code for _ in range(3)] == [
        "verification.failed", "verification.failed", "budget.spent",
    ]  # fmt: skip


def test_a_production_key_needs_two_people(keeper: TokenKeeper) -> None:
    refused = one(module_on(keeper), cmac_key(domain="production"))
    assert isinstance(refused, Denied)
    assert refused.code.startswith("approval")
    assert list(keeper.token_keys()) == []


def test_a_device_s_mac_under_dukpt(keeper: TokenKeeper, soft_token: SoftToken) -> None:
    keeper.close()
    key = soft_token.put(BASE, bytes(range(16)))
    with TokenKeeper(soft_token.file) as again:
        module = module_on(again)
        assert one(module, GenerateTokenMac(key=key, message=b"abc")).code == "key.unknown"
        assert one(module, AdoptTokenKey(key=key)).state == LifeState.ACTIVE
        number = AesSerialNumber.read(SERIAL)
        for from_device, usage in (
            (True, WorkingUsage.MAC_GENERATE),
            (False, WorkingUsage.MAC_VERIFY),
        ):
            working = AesDukpt(bytes(range(16))).working_key(number, usage, WorkingKind.AES_128)
            device = OfDevice(serial=SERIAL, from_device=from_device)
            made = one(module, GenerateTokenMac(key=key, message=b"abc", device=device))
            assert made.mac == Cmac.aes(working).tag(b"abc")
        none = OfDevice(serial=bytes(12))
        refused = one(module, GenerateTokenMac(key=key, message=b"abc", device=none))
        assert refused.code == "call.malformed"


def test_without_a_token_it_is_not_offered() -> None:
    for call in (cmac_key(), ListTokenKeys(), GenerateTokenMac(key="0" * 32, message=b"x")):
        assert one(local_module(), call).code == "operation.unavailable"


def test_what_a_token_cannot_do_is_refused(keeper: TokenKeeper) -> None:
    module = module_on(keeper)
    pin = one(module, cmac_key(usage=KeyUsage.PIN_ENCRYPTION, mode=KeyMode.BOTH))
    assert pin.code == "key.refused"
    assert one(module, cmac_key(mode=KeyMode.BOTH)).code == "call.malformed"
    assert one(module, GenerateTokenMac(key="0" * 32, message=b"x")).code == "key.unknown"


def test_a_key_in_the_token_has_a_life(keeper: TokenKeeper) -> None:
    store, clock = MemoryKeyStore(), ManualClock()

    def opened() -> LocalModule:
        return local_module(local_bench(store=store, master=keeper, clock=clock))

    module = opened()
    made = one(module, cmac_key(expires_ms=clock.now_ms() + 1000))
    mac = GenerateTokenMac(key=made.key, message=b"abc")
    right = VerifyTokenMac(key=made.key, message=b"abc", mac=one(module, mac).mac)

    def change(to: LifeState) -> Any:
        return one(module, ChangeState(key=made.handle, to=to, reason="a test"))

    change(LifeState.SUSPENDED)
    assert [one(opened(), call).code for call in (mac, right)] == ["key.unusable"] * 2
    change(LifeState.ACTIVE)
    assert isinstance(one(module, mac), TokenMac)
    clock.advance(ms=1000)
    assert one(module, mac).code == "key.unusable", "its cryptoperiod is over"
    assert isinstance(one(module, right), VerifiedTokenMac)
    change(LifeState.COMPROMISED)
    assert one(module, right).code == "key.unusable"
    assert one(module, ListTokenKeys()).keys[0].state is LifeState.COMPROMISED
    assert change(LifeState.DESTROYED).state is LifeState.DESTROYED
    assert list(keeper.token_keys()) == []
    assert one(opened(), right).code == "key.unusable"


def test_operations_of_a_key_in_the_token_are_counted(keeper: TokenKeeper) -> None:
    store = MemoryKeyStore()
    module = local_module(local_bench(store=store, master=keeper))
    made = one(module, cmac_key(uses_max=2))
    mac = GenerateTokenMac(key=made.key, message=b"abc")
    answers = [one(module, mac) for _ in range(3)]
    assert [isinstance(answer, TokenMac) for answer in answers] == [True, True, False]
    again = local_module(local_bench(store=store, master=keeper))
    assert one(again, mac).code == "key.unusable", "a restart gives none back"
    assert one(again, ListTokenKeys()).keys[0].uses_reserved == 2


def test_the_policy_bounds_keys_in_the_token(keeper: TokenKeeper) -> None:
    usage = str(KeyUsage.MAC_CMAC)
    bench = local_bench(
        master=keeper, policy=ModulePolicy(cryptoperiod_days={usage: 1}, uses_max={usage: 9})
    )
    module = local_module(bench)
    made = one(module, cmac_key())
    assert (made.expires_ms is not None, made.uses_max) == (True, 9)
    bench.policy = ModulePolicy(strength_bits_min=200)
    weak = one(module, cmac_key(algorithm=KeyAlgorithm.AES_128))
    assert weak.code == "call.malformed"
    assert len(keeper.token_keys()) == 1, "nothing was drawn for it"


def test_nothing_else_takes_a_key_in_the_token_for_a_key(keeper: TokenKeeper) -> None:
    module = module_on(keeper)
    made = one(module, cmac_key())
    outside = GenerateMac(key=made.handle, message=b"x", by=ByKey(algorithm=MacAlgorithm.CMAC))
    refused = one(module, outside)
    assert (refused.code, refused.reason) == ("key.unusable", "kind")
    assert one(module, AdoptTokenKey(key=made.key)).code == "key.conflict"
    assert one(module, AdoptTokenKey(key="0" * 32)).code == "key.unknown"


@pytest.mark.parametrize("label", ["production of another module", "production"])
def test_a_production_key_of_the_token_is_adopted_for_no_test(
    keeper: TokenKeeper, label: str
) -> None:
    drawn = keeper.create_key(BASE, label=label)
    module = module_on(keeper)
    assert one(module, AdoptTokenKey(key=drawn.id)).reason == "domain"
    adopted = one(module, AdoptTokenKey(key=drawn.id, domain="production"))
    assert adopted.code == "approval.missing"


def test_a_key_in_another_token_is_not_said_to_be_destroyed(keeper: TokenKeeper) -> None:
    module = module_on(keeper)
    made = one(module, cmac_key())
    end = ChangeState(key=made.handle, to=LifeState.DESTROYED, reason="the end")
    own, keeper.fingerprint = keeper.fingerprint, "0" * 16
    assert one(module, end).code == "operation.unavailable"
    assert one(module, ListTokenKeys()).keys[0].state is LifeState.ACTIVE
    keeper.fingerprint = own
    assert one(module, end).state is LifeState.DESTROYED


def test_a_key_that_went_from_the_token_is_destroyed_all_the_same(keeper: TokenKeeper) -> None:
    module = module_on(keeper)
    made = one(module, cmac_key())
    keeper.destroy_key(made.key)
    gone = one(module, ChangeState(key=made.handle, to=LifeState.DESTROYED, reason="a crash"))
    assert gone.state is LifeState.DESTROYED
