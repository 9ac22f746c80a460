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
from tallystick.crypto.keys import AssuranceLevel
from tallystick.crypto.mechanisms import Cmac
from tallystick.crypto.payment import (
    ByKey,
    Denied,
    GenerateMac,
    LocalModule,
    MacAlgorithm,
    ModulePolicy,
)
from tallystick.crypto.payment.in_token_calls import (
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
from tallystick.testing import local_bench, local_module
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
    assert one(module, GenerateTokenMac(key="0" * 32, message=b"x")).code == "key.refused"
