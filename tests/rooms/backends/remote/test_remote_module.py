"""Our calls, over our own wire client, to our own service: what comes back is what a module says."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from typing import Any

import pytest

from tallystick.backends.remote import RemoteModule, RemoteService
from tallystick.crypto.keys import AssuranceLevel
from tallystick.crypto.mechanisms import Cmac
from tallystick.crypto.modules import ModuleUnavailable
from tallystick.crypto.payment import (
    ByKey,
    ByPvv,
    DataMode,
    DecryptData,
    DecryptedData,
    Denied,
    Drawn,
    EncryptData,
    EncryptedData,
    ForPvv,
    GeneratedMac,
    GeneratedPin,
    GenerateMac,
    GeneratePin,
    ListKeys,
    MacAlgorithm,
    PinPlace,
    Sealed,
    Symmetric,
    TranslatedPin,
    TranslatePin,
    VerifiedMac,
    VerifiedPin,
    VerifyMac,
    VerifyPin,
)
from tallystick.crypto.pins import AccountField, PinFormat
from tallystick.ground.errors import Misconfigured
from tallystick.ground.secret import Secret
from tallystick.testing import local_bench, local_module
from tests.payment_wire import REGION, access_key, known_key, serving, wire_over

PAN = "4111111111111111"


@pytest.fixture(scope="module")
def bench() -> Any:
    return local_bench()


@pytest.fixture(scope="module")
def named(bench: Any) -> dict[str, str]:
    """Handles of known keys, by a short name."""
    octets = bytes(range(16))
    return {
        "data": known_key(bench, "D0", "AES_128", octets, "B"),
        "mac": known_key(bench, "M6", "AES_128", octets, "C"),
        "pin0": known_key(bench, "P0", "TDES_2KEY", bytes(range(1, 17)), "B"),
        "pvv": known_key(bench, "V2", "TDES_2KEY", bytes(range(2, 18)), "C"),
        "pin4": known_key(bench, "P0", "AES_128", octets[::-1], "B"),
    }


@pytest.fixture(scope="module")
def url(bench: Any) -> Iterator[str]:
    with serving(wire_over(local_module(bench), access_key())) as base:
        yield base


def handle(arn: str) -> str:
    return arn.rpartition("/")[2]


@pytest.fixture
def remote(url: str, named: dict[str, str]) -> Iterator[RemoteModule]:
    with RemoteModule(service(url, named)) as module:
        yield module


def service(url: str, named: dict[str, str], **changes: Any) -> RemoteService:
    key = access_key()
    given = {
        "url": url, "region": REGION, "access_key": key.id, "secret": key.secret,
        "keys": {handle(arn): arn for arn in named.values()},
    }  # fmt: skip
    return RemoteService(**{**given, **changes})


def one(module: RemoteModule, call: Any) -> Any:
    (answer,) = module.perform([call])
    return answer


def test_data_there_and_back(remote: RemoteModule, named: dict[str, str]) -> None:
    key, by = handle(named["data"]), Symmetric(mode=DataMode.CBC, iv=bytes(16))
    done = one(remote, EncryptData(key=key, plaintext=b"p" * 32, by=by))
    assert isinstance(done, EncryptedData)
    assert done.key.key == key
    back = one(remote, DecryptData(key=key, ciphertext=done.ciphertext, by=by))
    assert isinstance(back, DecryptedData)
    assert back.plaintext == b"p" * 32


def test_a_mac_is_that_of_the_key(remote: RemoteModule, named: dict[str, str]) -> None:
    key, by = handle(named["mac"]), ByKey(algorithm=MacAlgorithm.CMAC)
    made = one(remote, GenerateMac(key=key, message=b"abc", by=by, octets=8))
    assert isinstance(made, GeneratedMac)
    assert made.mac == Cmac.aes(bytes(range(16))).tag(b"abc")[:8]
    right = VerifyMac(key=key, message=b"abc", mac=made.mac, by=by)
    assert isinstance(one(remote, right), VerifiedMac)
    wrong = one(remote, VerifyMac(key=key, message=b"abd", mac=made.mac, by=by))
    assert isinstance(wrong, Denied)
    assert (wrong.code, wrong.where) == ("verification.failed", "mac")


def test_a_pin_is_translated_as_in_our_own_module(
    remote: RemoteModule, bench: Any, named: dict[str, str]
) -> None:
    zero = PinPlace(key=handle(named["pin0"]), form=PinFormat.ISO_0, account=PAN)
    three = PinPlace(key=handle(named["pin0"]), form=PinFormat.ISO_3, account=PAN)
    four = PinPlace(
        key=handle(named["pin4"]), form=PinFormat.ISO_4, account=PAN, field=AccountField.TWELVE
    )
    from tallystick.crypto.mechanisms import BlockCipher

    clear = bytes(a ^ b for a, b in zip(
        bytes.fromhex("041234ffffffffff"), bytes.fromhex("0000111111111111"), strict=True
    ))  # fmt: skip
    cipher = BlockCipher.tdes(bytes(range(1, 17)))
    block = cipher.encrypt(clear)
    assert block == cipher.encrypt(bytes.fromhex("041225eeeeeeeeee"))
    there = one(remote, TranslatePin(block=block, incoming=zero, outgoing=three))
    assert isinstance(there, TranslatedPin), there
    again = one(remote, TranslatePin(block=there.block, incoming=three, outgoing=four))
    assert isinstance(again, TranslatedPin), again
    (ours,) = local_module(bench).perform(
        [TranslatePin(block=again.block, incoming=four, outgoing=zero)]
    )
    if isinstance(ours, TranslatedPin):  # else the policy forbids 4 to 0
        assert ours.block == block, "the same PIN came through two services"
    bad = one(remote, TranslatePin(block=bytes(8), incoming=zero, outgoing=three))
    assert isinstance(bad, Denied)


def test_a_pin_is_verified_by_its_pvv(
    remote: RemoteModule, bench: Any, named: dict[str, str]
) -> None:
    place = PinPlace(key=handle(named["pin0"]), form=PinFormat.ISO_0, account=PAN)
    key = handle(named["pvv"])
    (made,) = local_module(bench).perform(
        [GeneratePin(key=key, outgoing=place, how=Drawn(), verified_by=ForPvv(key_index=1))]
    )
    assert isinstance(made, GeneratedPin), made
    by = ByPvv(pvv=made.value, key_index=1)
    right = one(remote, VerifyPin(block=made.block, presented=place, key=key, by=by))
    assert isinstance(right, VerifiedPin), right
    assert (right.key.key, right.presented.key) == (key, place.key)
    other = ByPvv(pvv=f"{(int(made.value) + 1) % 10_000:04}", key_index=1)
    wrong = one(remote, VerifyPin(block=made.block, presented=place, key=key, by=other))
    assert isinstance(wrong, Denied)
    assert (wrong.code, wrong.where) == ("verification.failed", "pin")


def test_what_does_not_cross_is_said_without_asking(
    remote: RemoteModule, named: dict[str, str]
) -> None:
    whole = PinPlace(key=handle(named["pin4"]), form=PinFormat.ISO_4, account=PAN)
    for call in (
        ListKeys(),
        EncryptData(key=handle(named["data"]), plaintext=b"x", by=Sealed()),
        GenerateMac(key="a" * 24, message=b"x", by=ByKey(algorithm=MacAlgorithm.CMAC)),
        TranslatePin(block=bytes(16), incoming=whole, outgoing=whole),
    ):
        answer = one(remote, call)
        assert isinstance(answer, Denied)
        assert answer.code == "operation.unavailable"


def test_a_key_that_is_not_there_and_one_for_another_use(url: str, named: dict[str, str]) -> None:
    gone = named["mac"].rpartition("/")[0] + "/" + "a" * 24
    given = service(url, named, keys={"a" * 24: gone, "b" * 24: named["pin0"]})
    with RemoteModule(given) as module:
        for key, codes in (
            ("a" * 24, {"key.unknown"}),
            ("b" * 24, {"call.malformed", "key.unusable"}),
        ):
            call = GenerateMac(key=key, message=b"x", by=ByKey(algorithm=MacAlgorithm.CMAC))
            answer = one(module, call)
            assert isinstance(answer, Denied)
            assert answer.code in codes


def test_a_wrong_secret_is_no_module(url: str, named: dict[str, str]) -> None:
    with RemoteModule(service(url, named, secret=Secret(b"x" * 40))) as module:
        call = GenerateMac(
            key=handle(named["mac"]), message=b"x", by=ByKey(algorithm=MacAlgorithm.CMAC)
        )
        with pytest.raises(ModuleUnavailable):
            one(module, call)


def test_the_level_is_what_the_operator_states(url: str, named: dict[str, str]) -> None:
    with RemoteModule(service(url, named)) as module:
        assert module.state().level is AssuranceLevel.S1
        assert "software of another house" in module.state().statement
    with RemoteModule(service(url, named, payment_hsm="HSM 9, PCI HSM v4")) as module:
        assert module.state().level is AssuranceLevel.S4
        assert "HSM 9" in module.state().statement
    with pytest.raises(ModuleUnavailable):
        module.perform([ListKeys()])


@pytest.mark.parametrize(
    "url", ["http://pay.example", "ftp://localhost", "https://", "https://a.example/path", "x"]
)
def test_an_address_without_tls_is_refused(url: str) -> None:
    with pytest.raises(Misconfigured):
        service(url, {})


@pytest.mark.parametrize(
    "answer",
    [
        b"", b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n[]", b"\x00" * 50,
        b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}",
        b'HTTP/1.1 200 OK\r\nContent-Length: 23\r\n\r\n{"Mac":7,"KeyArn":null}',
        b"HTTP/1.1 500 No\r\nContent-Length: 2\r\n\r\n{}",
    ],
)  # fmt: skip
def test_a_stranger_at_the_other_end_is_no_module(answer: bytes, named: dict[str, str]) -> None:
    listener = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        sock, _ = listener.accept()
        with sock:
            sock.recv(65536)
            sock.sendall(answer)

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    address = f"http://127.0.0.1:{listener.getsockname()[1]}"
    with listener, RemoteModule(service(address, named)) as module:
        call = GenerateMac(
            key=handle(named["mac"]), message=b"x", by=ByKey(algorithm=MacAlgorithm.CMAC)
        )
        with pytest.raises(ModuleUnavailable):
            one(module, call)
    thread.join(5)
