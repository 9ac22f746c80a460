"""Keys that are derived in a token are the keys that the standards and our software derive."""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Iterator
from pathlib import Path

import psec
import pytest
from pyemv import kd

from tallystick.backends.pkcs11 import (
    TokenKeeper,
    TokenKeyRefused,
    TokenMacRefused,
    mac_question,
)
from tallystick.crypto.cards import IssuerMasterKey, counter_key
from tallystick.crypto.key_blocks import (
    Exportability,
    KeyAlgorithm,
    KeyAttributes,
    KeyMode,
    KeyUsage,
)
from tallystick.crypto.keys import OPERATIONS, AssuranceLevel, card_step, dukpt_steps, session_step
from tallystick.crypto.mechanisms import BlockCipher, Cmac, hmac_sha256
from tallystick.crypto.transaction_keys import AesDukpt, AesSerialNumber, WorkingKind, WorkingUsage
from tallystick.ground.secret import Secret
from tests.softhsm import LOG_IN, SoftToken

VECTORS = json.loads((Path(__file__).parents[3] / "vectors" / "dukpt.json").read_text())["aes"]
DEVICE = bytes.fromhex(VECTORS["device"])


def root(usage: KeyUsage, algorithm: KeyAlgorithm) -> KeyAttributes:
    return KeyAttributes(
        usage=usage,
        algorithm=algorithm,
        mode=KeyMode.DERIVE,
        exportability=Exportability.NOT_EXPORTABLE,
    )


def base(algorithm: KeyAlgorithm) -> KeyAttributes:
    return root(KeyUsage.BASE_DERIVATION, algorithm)


@pytest.fixture
def open_with(soft_token: SoftToken) -> Iterator[Callable[..., TokenKeeper]]:
    """A keeper over a token into which keys of a known value were put."""
    opened: list[TokenKeeper] = []
    TokenKeeper(soft_token.file, create=True).close()

    def reopen() -> TokenKeeper:
        opened.append(TokenKeeper(soft_token.file))
        return opened[-1]

    yield reopen
    for keeper in opened:
        keeper.close()


def check_value(key: bytes) -> bytes:
    return Cmac.aes(key).tag(bytes(16))[:3]


@pytest.mark.parametrize("name", ["AES_128", "AES_256"])
def test_published_dukpt_keys_come_out_of_the_token(
    soft_token: SoftToken, open_with: Callable[[], TokenKeeper], name: str
) -> None:
    algorithm, key = KeyAlgorithm(name), bytes.fromhex(VECTORS["bases"][name][0])
    handle = soft_token.put(base(algorithm), key)
    with open_with() as token:
        initial = dukpt_steps(
            AesSerialNumber(DEVICE, 1), WorkingUsage.MAC_BOTH, WorkingKind[name], base=algorithm
        )[:1]
        assert token.token_check(handle, steps=initial) == check_value(
            bytes.fromhex(VECTORS["bases"][name][1])
        )
        for length, counter, intermediate in VECTORS["intermediate"]:
            if length == name:
                number = AesSerialNumber(DEVICE, counter)
                steps = dukpt_steps(
                    number, WorkingUsage.MAC_BOTH, WorkingKind[name], base=algorithm
                )
                assert token.token_check(handle, steps=steps[:-1]) == check_value(
                    bytes.fromhex(intermediate)
                ), counter


def test_random_dukpt_keys_are_those_of_our_software(
    soft_token: SoftToken, open_with: Callable[[], TokenKeeper], seed: int
) -> None:
    chance = random.Random(seed)
    keys = {
        algorithm: (soft_token.put(base(algorithm), key), key)
        for algorithm in (KeyAlgorithm.AES_128, KeyAlgorithm.AES_192, KeyAlgorithm.AES_256)
        for key in [chance.randbytes(algorithm.octets)]
    }
    usages = [WorkingUsage.MAC_GENERATE, WorkingUsage.MAC_VERIFY, WorkingUsage.MAC_BOTH]
    with open_with() as token:
        for algorithm, (handle, key) in keys.items():
            for _ in range(20):
                bits = chance.sample(range(32), chance.randint(1, 16))
                number = AesSerialNumber(chance.randbytes(8), sum(1 << bit for bit in bits))
                usage = chance.choice(usages)
                kind = chance.choice(
                    [k for k in (WorkingKind.AES_128, WorkingKind.AES_192, WorkingKind.AES_256)
                     if k.octets <= algorithm.octets]
                )  # fmt: skip
                steps = dukpt_steps(number, usage, kind, base=algorithm)
                working = AesDukpt(key).working_key(number, usage, kind)
                message = chance.randbytes(chance.randint(0, 100))
                mac = Cmac.aes(working).tag(message)
                assert token.token_mac(handle, message, steps=steps) == mac
                token.token_verify(handle, message, mac, steps=steps)
                with pytest.raises(TokenMacRefused):
                    token.token_verify(handle, message + b"x", mac, steps=steps)


def test_other_working_keys_of_dukpt(
    soft_token: SoftToken, open_with: Callable[[], TokenKeeper]
) -> None:
    key, number = bytes(range(32)), AesSerialNumber(DEVICE, 5)
    handle = soft_token.put(base(KeyAlgorithm.AES_256), key)
    with open_with() as token:
        for kind in (WorkingKind.HMAC_256, WorkingKind.TDES_2KEY, WorkingKind.TDES_3KEY):
            steps = dukpt_steps(number, WorkingUsage.MAC_GENERATE, kind, base=KeyAlgorithm.AES_256)
            working = AesDukpt(key).working_key(number, WorkingUsage.MAC_GENERATE, kind)
            made = token.token_mac(handle, b"abc", steps=steps)
            if kind is WorkingKind.HMAC_256:
                assert made == hmac_sha256(Secret(working), b"abc")
            else:
                assert made == Cmac.tdes(working).tag(b"abc")


@pytest.mark.filterwarnings("ignore::cryptography.utils.CryptographyDeprecationWarning")
def test_the_key_of_a_card_is_that_of_other_tools(
    soft_token: SoftToken, open_with: Callable[[], TokenKeeper], seed: int
) -> None:
    chance = random.Random(seed)
    issuer = chance.randbytes(16)
    handle = soft_token.put(root(KeyUsage.EMV_CRYPTOGRAMS, KeyAlgorithm.TDES_2KEY), issuer)
    with open_with() as token:
        for _ in range(20):
            pan = "".join(chance.choices("0123456789", k=chance.randint(12, 19)))
            sequence, atc = f"{chance.randint(0, 99):02}", chance.randbytes(2)
            card, session = card_step(pan, sequence), session_step(atc)
            ours = IssuerMasterKey.tdes(issuer).card_key_a(pan, sequence)
            assert ours == kd.derive_icc_mk_a(issuer, pan, sequence)
            other = psec.des.generate_kcv(ours, 3)
            assert token.token_check(handle, steps=[card]) == other
            key = counter_key(ours, atc)
            expected = BlockCipher.tdes(key).encrypt(bytes(8))[:3]
            assert token.token_check(handle, steps=[card, session]) == expected


def test_signatures_verify_elsewhere(open_with: Callable[[], TokenKeeper]) -> None:
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.asymmetric import ec, padding, utils
    from cryptography.hazmat.primitives.serialization import load_der_public_key

    def signing(algorithm: KeyAlgorithm) -> KeyAttributes:
        return KeyAttributes(
            usage=KeyUsage.SIGNATURE, algorithm=algorithm, mode=KeyMode.SIGN,
            exportability=Exportability.NOT_EXPORTABLE,
        )  # fmt: skip

    with open_with() as token:
        for algorithm, curve, digest in (
            (KeyAlgorithm.ECC_P256, ec.SECP256R1(), hashes.SHA256()),
            (KeyAlgorithm.ECC_P384, ec.SECP384R1(), hashes.SHA384()),
            (KeyAlgorithm.ECC_P521, ec.SECP521R1(), hashes.SHA512()),
        ):
            made = token.create_key(signing(algorithm), label="s")
            signature = token.token_sign(made.id, b"abc")
            half = len(signature) // 2
            r, s = (int.from_bytes(part, "big") for part in (signature[:half], signature[half:]))
            public = ec.EllipticCurvePublicKey.from_encoded_point(curve, made.public)
            public.verify(utils.encode_dss_signature(r, s), b"abc", ec.ECDSA(digest))
        made = token.create_key(signing(KeyAlgorithm.RSA_2048), label="r")
        pss = padding.PSS(mgf=padding.MGF1(hashes.SHA256()), salt_length=32)
        load_der_public_key(made.public).verify(  # type: ignore[union-attr,call-arg]
            token.token_sign(made.id, b"abc"), b"abc", pss, hashes.SHA256()
        )


def test_a_label_alone_makes_no_key_of_ours(
    soft_token: SoftToken, open_with: Callable[[], TokenKeeper]
) -> None:
    """Whoever has the PIN may put keys in; those that could do more than their label says are not
    used."""
    cmac = "tallystick M6 AES_128 C N 00 forged"
    soft_token.run(
        LOG_IN + f"s.generate_key(KeyType.AES, 128, label={cmac!r}, id=bytes(16), store=True,"
        " capabilities=MechanismFlag.SIGN | MechanismFlag.VERIFY | MechanismFlag.DECRYPT,"
        " template={A.EXTRACTABLE: False, A.MODIFIABLE: False})\n"
        f"s.generate_key(KeyType.AES, 128, label={cmac!r}, id=b'1' * 16, store=True,"
        " capabilities=MechanismFlag.SIGN, template={A.EXTRACTABLE: True, A.MODIFIABLE: False})\n"
        "s.generate_key(KeyType.AES, 128, label='tallystick P9 ? ? ? ? ?', id=b'2' * 16, store=True,"
        " capabilities=MechanismFlag.SIGN)\n"
    )
    with open_with() as token:
        assert list(token.token_keys()) == []


def test_a_key_that_wraps_can_decipher_nothing(
    soft_token: SoftToken, open_with: Callable[[], TokenKeeper]
) -> None:
    wrap = KeyAttributes(
        usage=KeyUsage.KEY_ENCRYPTION, algorithm=KeyAlgorithm.AES_256, mode=KeyMode.BOTH,
        exportability=Exportability.NOT_EXPORTABLE,
    )  # fmt: skip
    with open_with() as token:
        made = token.create_key(wrap, label="w")
    said = soft_token.run(
        LOG_IN + f"k = s.get_key(id=bytes.fromhex({made.id!r}))\n"
        "print(*(k[a] for a in (A.WRAP, A.UNWRAP, A.ENCRYPT, A.DECRYPT, A.SIGN, A.DERIVE)))\n"
    )
    assert said == "True True False False False False"


def test_a_destroyed_key_leaves_nothing_that_was_derived(
    soft_token: SoftToken, open_with: Callable[[], TokenKeeper]
) -> None:
    handle = soft_token.put(base(KeyAlgorithm.AES_128), bytes(16))
    steps = dukpt_steps(
        AesSerialNumber(DEVICE, 7), WorkingUsage.MAC_BOTH, WorkingKind.AES_128,
        base=KeyAlgorithm.AES_128,
    )  # fmt: skip
    with open_with() as token:
        token.token_mac(handle, b"x", steps=steps)
        token.destroy_key(handle)
        with pytest.raises(TokenKeyRefused):
            token.token_mac(handle, b"x", steps=steps)


def test_keys_on_the_way_are_few(
    soft_token: SoftToken, open_with: Callable[[], TokenKeeper]
) -> None:
    handle = soft_token.put(base(KeyAlgorithm.AES_128), bytes(16))
    steps = dukpt_steps(
        AesSerialNumber(DEVICE, 0b1011), WorkingUsage.MAC_BOTH, WorkingKind.AES_128,
        base=KeyAlgorithm.AES_128,
    )  # fmt: skip
    with open_with() as token:
        for _ in range(3):
            token.token_mac(handle, b"x", steps=steps)
        questions = [mac_question(handle, bytes([number]), steps) for number in range(64)]
        answers = token.together(questions)
        assert answers == [token.token_mac(handle, bytes([n]), steps=steps) for n in range(64)]
        for counter in range(1, 400):
            number = AesSerialNumber(counter.to_bytes(8, "big"), counter)
            walked = dukpt_steps(
                number, WorkingUsage.MAC_BOTH, WorkingKind.AES_128, base=KeyAlgorithm.AES_128
            )
            token.token_mac(handle, b"x", steps=walked)
        # Session objects are the session's: a worker that kept them all would grow without end.
        status = Path(f"/proc/{token._process.pid}/status").read_text()
        before = next(line for line in status.splitlines() if line.startswith("VmRSS"))
        assert int(before.split()[1]) < 200_000


def test_the_table_says_what_never_stays_inside() -> None:
    levels = {operation.name: operation.level for operation in OPERATIONS}
    assert levels["PIN translation"] is AssuranceLevel.S2
    assert levels["TDES DUKPT"] is AssuranceLevel.S2
    assert levels["MAC under an AES DUKPT working key"] is AssuranceLevel.S3
    assert all(operation.why for operation in OPERATIONS)
