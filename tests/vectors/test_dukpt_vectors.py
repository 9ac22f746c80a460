"""DUKPT and session keys against published numbers (SOURCES-dukpt.md)."""

from __future__ import annotations

import json
from pathlib import Path as FilePath

import pytest

from tallystick.crypto.mechanisms import (
    BlockCipher,
    Cmac,
    HmacHash,
    MacPadding,
    RetailMac,
    hmac_tag,
)
from tallystick.crypto.transaction_keys import (
    AesDukpt,
    AesInitialKey,
    AesSerialNumber,
    Path,
    TdesDukpt,
    TdesInitialKey,
    TdesSerialNumber,
    TdesVariant,
    WorkingKind,
    WorkingUsage,
    aes_device,
    tdes_device,
)
from tallystick.crypto.transaction_keys.sessions import counter_mode

h = bytes.fromhex
VECTORS = json.loads((FilePath(__file__).parent / "dukpt.json").read_text(encoding="utf-8"))
TDES, AES = VECTORS["tdes"], VECTORS["aes"]
DEVICE = h(AES["device"])
HOST = TdesDukpt(h(TDES["base"]))
FIRST = TdesSerialNumber.read_initial(h(TDES["number"]))


def numbered(counter: int) -> TdesSerialNumber:
    return TdesSerialNumber.read((int.from_bytes(h(TDES["number"])) | counter).to_bytes(10))


@pytest.mark.parametrize("known", TDES["keys"], ids=lambda known: hex(known[0]))
def test_tdes_transaction_keys_and_pin_blocks(known: list) -> None:
    counter, key, pin_block = known
    root = TdesInitialKey(HOST.initial_key(FIRST), FIRST).root
    assert Path(root).to(counter).key == h(key)
    pin_key = HOST.working_key(numbered(counter), TdesVariant.PIN)
    assert BlockCipher.tdes(pin_key).encrypt(h(TDES["pin_block"])) == h(pin_block)


@pytest.mark.parametrize("known", TDES["messages"], ids=lambda known: hex(known[0]))
def test_tdes_data_and_macs(known: list) -> None:
    counter, data_request, data_response, mac_request, mac_response = known
    message = TDES["message"].encode()
    number, padded = numbered(counter), message.ljust(24, b"\x00")
    for variant, data in (
        (TdesVariant.DATA_REQUEST, data_request),
        (TdesVariant.DATA_RESPONSE, data_response),
    ):
        assert BlockCipher.tdes(HOST.working_key(number, variant)).encrypt_cbc(padded) == h(data)
    for variant, mac in (
        (TdesVariant.MAC_REQUEST, mac_request),
        (TdesVariant.MAC_RESPONSE, mac_response),
    ):
        retail = RetailMac(HOST.working_key(number, variant))
        assert retail.tag(message, padding=MacPadding.ZEROS) == h(mac)


def test_a_tdes_device_counts_through_the_initial_sequence() -> None:
    device = tdes_device(TdesInitialKey(h(TDES["initial"]), FIRST))
    for counter, key, _ in TDES["keys"][:21]:
        node = device.next()
        assert (node.counter, node.key) == (counter, h(key))


@pytest.mark.parametrize("kind", ["AES_128", "AES_256"])
def test_aes_initial_keys(kind: str) -> None:
    base, initial = AES["bases"][kind]
    assert AesDukpt(h(base)).initial_key(DEVICE) == h(initial)


@pytest.mark.parametrize("known", AES["intermediate"], ids=lambda known: f"{known[0]}-{known[1]:x}")
def test_aes_intermediate_keys(known: list) -> None:
    kind, counter, key = known
    initial = AesInitialKey(h(AES["bases"][kind][1]), DEVICE)
    assert Path(initial.root).to(counter).key == h(key)


@pytest.mark.parametrize("known", AES["working"], ids=lambda known: "-".join(map(str, known[:4])))
def test_aes_working_keys(known: list) -> None:
    base, kind, counter, usage, key = known
    host = AesDukpt(h(AES["bases"][base][0]))
    number = AesSerialNumber.read(DEVICE + counter.to_bytes(4))
    assert host.working_key(number, WorkingUsage[usage], WorkingKind[kind]) == h(key)


@pytest.mark.parametrize("known", AES["update"], ids=lambda known: "-".join(known[:2]))
def test_aes_update_keys(known: list) -> None:
    base, kind, key = known
    host = AesDukpt(h(AES["bases"][base][0]))
    assert host.update_key(DEVICE, WorkingKind[kind]) == h(key)


def test_an_aes_device_is_loaded_with_these_registers() -> None:
    device = aes_device(AesInitialKey(h(AES["bases"]["AES_128"][1]), DEVICE))
    assert [node.key.hex() for node in device.held()] == AES["registers"]
    device.next()
    assert [node.key.hex() for node in device.held()] == AES["registers"][1:]
    device.next()
    held = [node.key.hex() for node in device.held()]
    assert held == ["031504e530365cf81264238540518318", *AES["registers"][2:]]


@pytest.mark.parametrize("known", AES["messages"], ids=lambda known: hex(known[0]))
def test_aes_data_and_macs(known: list) -> None:
    counter, *expected = known
    host = AesDukpt(h(AES["bases"]["AES_128"][0]))
    message, number = AES["message"].encode(), AesSerialNumber(DEVICE, counter)

    def key(usage: WorkingUsage, kind: WorkingKind) -> bytes:
        return host.working_key(number, usage, kind)

    generate, verify = WorkingUsage.MAC_GENERATE, WorkingUsage.MAC_VERIFY
    encrypt, decrypt = WorkingUsage.DATA_ENCRYPT, WorkingUsage.DATA_DECRYPT
    aes, mac_kind = WorkingKind.AES_128, WorkingKind.HMAC_128
    found = [Cmac.aes(key(usage, aes)).tag(message) for usage in (generate, verify)]
    for usage in (generate, verify):
        found.append(hmac_tag(key(usage, mac_kind), message, digest=HmacHash.SHA256))
    for usage in (encrypt, decrypt):
        found.append(BlockCipher.aes(key(usage, aes)).encrypt_cbc(message.ljust(32, b"\x00")))
    assert [octets.hex() for octets in found] == expected


def test_counter_mode() -> None:
    known = VECTORS["counter_mode"]
    derived = h(known["derived"])
    mac = Cmac.aes(h(known["key"]))
    assert counter_mode(mac, h(known["fixed"]), octets=len(derived)) == derived
