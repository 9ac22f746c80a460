"""Keys that come and go over the wire with unmodified boto3: TR-31, TR-34, RSA, ECDH, certificates."""

from __future__ import annotations

import base64
import datetime
import os
from typing import Any

import psec
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.kdf.concatkdf import ConcatKDFHash
from cryptography.x509.oid import NameOID

from tests.payment_wire import known_key

pytestmark = pytest.mark.filterwarnings("ignore::cryptography.utils.CryptographyDeprecationWarning")

BOTH = {"Encrypt": True, "Decrypt": True, "Wrap": True, "Unwrap": True}
PIN = {
    "KeyUsage": "TR31_P0_PIN_ENCRYPTION_KEY",
    "KeyClass": "SYMMETRIC_KEY",
    "KeyAlgorithm": "AES_128",
    "KeyModesOfUse": BOTH,
}
NOW = datetime.datetime(2026, 1, 1, tzinfo=datetime.UTC)


class Authority:
    """A certificate authority outside of the module, and what it issues."""

    def __init__(self) -> None:
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "An authority")])
        self.pem = self.issue(self.key.public_key(), self.name, authority=True)

    def issue(self, public: Any, name: Any = None, *, authority: bool = False) -> str:
        subject = name or x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "A peer")])
        day = datetime.timedelta(days=1)
        usage = dict.fromkeys(
            ("digital_signature", "content_commitment", "key_encipherment", "data_encipherment",
             "key_agreement", "key_cert_sign", "crl_sign", "encipher_only", "decipher_only"), False,
        )  # fmt: skip
        if authority:
            usage |= {"key_cert_sign": True, "crl_sign": True}
        elif isinstance(public, ec.EllipticCurvePublicKey):
            usage |= {"key_agreement": True, "digital_signature": True}
        else:
            usage |= {"key_encipherment": True, "digital_signature": True}
        made = (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(self.name)
            .public_key(public)
            .serial_number(x509.random_serial_number())
            .not_valid_before(CLOCK[0] - day)
            .not_valid_after(CLOCK[0] + 300 * day)
            .add_extension(x509.BasicConstraints(ca=authority, path_length=None), critical=True)
            .add_extension(x509.KeyUsage(**usage), critical=True)
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(public), critical=False)
            .add_extension(
                x509.AuthorityKeyIdentifier.from_issuer_public_key(self.key.public_key()),
                critical=False,
            )
            .sign(self.key, hashes.SHA256())
        )
        pem = made.public_bytes(serialization.Encoding.PEM)
        return base64.b64encode(pem).decode()


CLOCK = [NOW]


@pytest.fixture(autouse=True)
def clock(bench: Any) -> None:
    CLOCK[0] = datetime.datetime.fromtimestamp(bench.clock.now_ms() / 1000, tz=datetime.UTC)


@pytest.fixture
def authority() -> Authority:
    return Authority()


def trusted(control: Any, authority: Authority) -> str:
    """Take the authority's root in; gives its resource name."""
    attributes = {
        "KeyUsage": "TR31_S0_ASYMMETRIC_KEY_FOR_DIGITAL_SIGNATURE", "KeyClass": "PUBLIC_KEY",
        "KeyAlgorithm": "ECC_NIST_P256", "KeyModesOfUse": {"Verify": True},
    }  # fmt: skip
    root = {"KeyAttributes": attributes, "PublicKeyCertificate": authority.pem}
    told = control.import_key(KeyMaterial={"RootCertificatePublicKey": root})["Key"]
    assert (told["KeyAttributes"]["KeyClass"], told["KeyOrigin"]) == ("PUBLIC_KEY", "EXTERNAL")
    return str(told["KeyArn"])


def made(control: Any, **more: Any) -> str:
    return str(
        control.create_key(**{"KeyAttributes": PIN, "Exportable": True, **more})["Key"]["KeyArn"]
    )


@pytest.mark.parametrize(
    ("algorithm", "size", "version"), [("TDES_2KEY", 16, "B"), ("AES_256", 32, "D")]
)
def test_a_key_block_of_psec_comes_in_and_one_of_ours_is_read_by_psec(
    control: Any, bench: Any, algorithm: str, size: int, version: str
) -> None:
    kbpk, key = os.urandom(size), os.urandom(16)
    under = known_key(bench, "K1", algorithm, kbpk, "B")
    header = psec.tr31.Header(version, "P0", "T", "B", "00", "E")
    block = psec.tr31.wrap(kbpk, header, key)
    how = {"WrappingKeyIdentifier": under, "WrappedKeyBlock": block}
    told = control.import_key(
        KeyMaterial={"Tr31KeyBlock": how}, Tags=[{"Key": "from", "Value": "psec"}]
    )["Key"]
    assert told["KeyOrigin"] == "EXTERNAL"
    assert told["KeyAttributes"]["KeyUsage"] == "TR31_P0_PIN_ENCRYPTION_KEY"
    assert control.list_tags_for_resource(ResourceArn=told["KeyArn"])["Tags"]
    given = control.export_key(
        ExportKeyIdentifier=told["KeyArn"],
        KeyMaterial={"Tr31KeyBlock": {"WrappingKeyIdentifier": under}},
    )["WrappedKey"]
    assert given["WrappedKeyMaterialFormat"] == "TR31_KEY_BLOCK"
    assert given["KeyCheckValue"] == told["KeyCheckValue"]
    read_header, read = psec.tr31.unwrap(kbpk, given["KeyMaterial"])
    assert read == key
    assert (read_header.version_id, read_header.key_usage) == (version, "P0")


def test_a_header_may_be_narrower_than_the_key_and_not_wider(control: Any, bench: Any) -> None:
    kbpk = os.urandom(32)
    under = known_key(bench, "K1", "AES_256", kbpk, "B")
    arn = known_key(bench, "P0", "AES_128", os.urandom(16), "E")

    def export(**headers: Any) -> Any:
        how = {"WrappingKeyIdentifier": under, "KeyBlockHeaders": headers}
        return control.export_key(ExportKeyIdentifier=arn, KeyMaterial={"Tr31KeyBlock": how})

    given = export(KeyExportability="NON_EXPORTABLE", KeyVersion="01", OptionalBlocks={"LB": "x"})
    header, _ = psec.tr31.unwrap(kbpk, given["WrappedKey"]["KeyMaterial"])
    assert (header.exportability, header.version_num) == ("N", "01")
    with pytest.raises(control.exceptions.ValidationException):
        export(KeyModesOfUse=BOTH)


def test_a_block_that_was_altered_is_refused(control: Any, bench: Any) -> None:
    kbpk = os.urandom(32)
    under = known_key(bench, "K1", "AES_256", kbpk, "B")
    block = psec.tr31.wrap(kbpk, psec.tr31.Header("D", "P0", "A", "B", "00", "E"), os.urandom(16))
    for altered in (block[:5] + "K0" + block[7:], block[:-1] + ("0" if block[-1] != "0" else "1")):
        how = {"WrappingKeyIdentifier": under, "WrappedKeyBlock": altered}
        with pytest.raises(control.exceptions.ValidationException):
            control.import_key(KeyMaterial={"Tr31KeyBlock": how})


def test_a_key_that_may_not_leave_stays(control: Any, bench: Any) -> None:
    under = known_key(bench, "K1", "AES_256", os.urandom(32), "B")
    arn = made(control, Exportable=False)
    with pytest.raises(control.exceptions.ConflictException):
        control.export_key(
            ExportKeyIdentifier=arn, KeyMaterial={"Tr31KeyBlock": {"WrappingKeyIdentifier": under}}
        )


@pytest.mark.parametrize(
    ("algorithm", "ksn"),
    [("TDES_2KEY", "FFFF9876543210E00000"), ("AES_128", "123456789012345600000000")],
)
def test_an_initial_key_leaves_for_its_device(
    control: Any, bench: Any, algorithm: str, ksn: str
) -> None:
    kbpk = os.urandom(32)
    under = known_key(bench, "K1", "AES_256", kbpk, "B")
    base = known_key(bench, "B0", algorithm, os.urandom(16), "X")
    given = control.export_key(
        ExportKeyIdentifier=base,
        KeyMaterial={"Tr31KeyBlock": {"WrappingKeyIdentifier": under}},
        ExportAttributes={"ExportDukptInitialKey": {"KeySerialNumber": ksn}},
    )["WrappedKey"]
    header, _ = psec.tr31.unwrap(kbpk, given["KeyMaterial"])
    assert header.key_usage == "B1"


def test_a_pin_is_translated_between_keys_that_came_wrapped(
    control: Any, data: Any, bench: Any
) -> None:
    kbpk, first, second = os.urandom(32), os.urandom(16), os.urandom(16)
    under = known_key(bench, "K1", "AES_256", kbpk, "B")
    header = psec.tr31.Header("D", "P0", "T", "B", "00", "N")
    pan = "4123412341234127"

    def block(key: bytes) -> str:
        clear = psec.pinblock.encode_pinblock_iso_0("1234", pan)
        return psec.des.encrypt_tdes_ecb(key, clear).hex().upper()

    def wrapped(key: bytes) -> dict[str, Any]:
        return {"WrappedKeyMaterial": {"Tr31KeyBlock": psec.tr31.wrap(kbpk, header, key)}}

    iso_0 = {"IsoFormat0": {"PrimaryAccountNumber": pan}}
    told = data.translate_pin_data(
        IncomingKeyIdentifier=under,
        OutgoingKeyIdentifier=under,
        IncomingTranslationAttributes=iso_0,
        OutgoingTranslationAttributes=iso_0,
        EncryptedPinBlock=block(first),
        IncomingWrappedKey=wrapped(first),
        OutgoingWrappedKey=wrapped(second),
    )
    assert told["PinBlock"] == block(second)


@pytest.mark.parametrize(
    ("usage", "algorithm", "modes", "derives"),
    [
        ("TR31_S0_ASYMMETRIC_KEY_FOR_DIGITAL_SIGNATURE", "ECC_NIST_P256", {"Sign": True}, None),
        (
            "TR31_K3_ASYMMETRIC_KEY_FOR_KEY_AGREEMENT",
            "ECC_NIST_P256",
            {"DeriveKey": True},
            "TR31_K1_KEY_BLOCK_PROTECTION_KEY",
        ),
        ("TR31_K2_TR34_ASYMMETRIC_KEY", "RSA_2048", BOTH, None),
        ("TR31_D1_ASYMMETRIC_KEY_FOR_DATA_ENCRYPTION", "RSA_2048", BOTH, None),
    ],
)
def test_key_pairs_have_certificates_and_ask_for_others(
    control: Any, usage: str, algorithm: str, modes: dict[str, bool], derives: str | None
) -> None:
    attributes = {
        "KeyUsage": usage, "KeyClass": "ASYMMETRIC_KEY_PAIR", "KeyAlgorithm": algorithm,
        "KeyModesOfUse": modes,
    }  # fmt: skip
    more = {} if derives is None else {"DeriveKeyUsage": derives}
    key = control.create_key(KeyAttributes=attributes, Exportable=False, **more)["Key"]
    assert key["KeyAttributes"]["KeyClass"] == "ASYMMETRIC_KEY_PAIR"
    assert key.get("DeriveKeyUsage") == derives
    told = control.get_public_key_certificate(KeyIdentifier=key["KeyArn"])
    for name in ("KeyCertificate", "KeyCertificateChain"):
        assert x509.load_pem_x509_certificate(base64.b64decode(told[name]))
    asked = control.get_certificate_signing_request(
        KeyIdentifier=key["KeyArn"],
        SigningAlgorithm="SHA256",
        CertificateSubject={"CommonName": "till", "Country": "ke", "Organization": "Duka"},
    )["CertificateSigningRequest"]
    request = x509.load_pem_x509_csr(base64.b64decode(asked))
    assert request.is_signature_valid
    with pytest.raises(control.exceptions.ValidationException):
        control.create_key(KeyAttributes=attributes, Exportable=True, **more)


def test_data_are_enciphered_for_a_pair(control: Any, data: Any) -> None:
    attributes = {
        "KeyUsage": "TR31_D1_ASYMMETRIC_KEY_FOR_DATA_ENCRYPTION", "KeyClass": "ASYMMETRIC_KEY_PAIR",
        "KeyAlgorithm": "RSA_2048", "KeyModesOfUse": BOTH,
    }  # fmt: skip
    arn = control.create_key(KeyAttributes=attributes, Exportable=False)["Key"]["KeyArn"]
    how = {"Asymmetric": {"PaddingType": "OAEP_SHA256"}}
    there = data.encrypt_data(KeyIdentifier=arn, PlainText="C0FFEE", EncryptionAttributes=how)
    back = data.decrypt_data(
        KeyIdentifier=arn, CipherText=there["CipherText"], DecryptionAttributes=how
    )
    assert back["PlainText"] == "C0FFEE"
    with pytest.raises(data.exceptions.ValidationException, match="not served here"):
        data.encrypt_data(
            KeyIdentifier=arn, PlainText="C0FFEE",
            EncryptionAttributes={"Asymmetric": {"PaddingType": "PKCS1"}},
        )  # fmt: skip


@pytest.mark.parametrize("spec", ["RSA_OAEP_SHA_256", "RSA_OAEP_SHA_512"])
def test_a_cryptogram_comes_in_and_leaves(control: Any, authority: Authority, spec: str) -> None:
    hashed = hashes.SHA256() if spec.endswith("256") else hashes.SHA512()
    oaep = padding.OAEP(mgf=padding.MGF1(hashed), algorithm=hashed, label=None)
    parameters = control.get_parameters_for_import(
        KeyMaterialType="KEY_CRYPTOGRAM", WrappingKeyAlgorithm="RSA_3072"
    )
    certificate = x509.load_pem_x509_certificate(
        base64.b64decode(parameters["WrappingKeyCertificate"])
    )
    key = os.urandom(16)
    public: Any = certificate.public_key()
    told = control.import_key(KeyMaterial={"KeyCryptogram": {
        "KeyAttributes": PIN, "Exportable": True, "ImportToken": parameters["ImportToken"],
        "WrappedKeyCryptogram": public.encrypt(key, oaep).hex().upper(), "WrappingSpec": spec,
    }})["Key"]  # fmt: skip
    assert told["KeyAttributes"]["KeyAlgorithm"] == "AES_128"
    root = trusted(control, authority)
    peer = rsa.generate_private_key(public_exponent=65537, key_size=3072)
    given = control.export_key(ExportKeyIdentifier=told["KeyArn"], KeyMaterial={"KeyCryptogram": {
        "CertificateAuthorityPublicKeyIdentifier": root,
        "WrappingKeyCertificate": authority.issue(peer.public_key()), "WrappingSpec": spec,
    }})["WrappedKey"]  # fmt: skip
    assert given["WrappedKeyMaterialFormat"] == "KEY_CRYPTOGRAM"
    assert peer.decrypt(bytes.fromhex(given["KeyMaterial"]), oaep) == key


def test_parameters_are_for_what_is_sent_with_rsa(control: Any) -> None:
    for material, algorithm in (("TR31_KEY_BLOCK", "RSA_2048"), ("TR34_KEY_BLOCK", "AES_128")):
        with pytest.raises(control.exceptions.ValidationException):
            control.get_parameters_for_import(
                KeyMaterialType=material, WrappingKeyAlgorithm=algorithm
            )


@pytest.mark.parametrize("nonce", ["", "0102030405060708"])
def test_a_key_token_goes_from_one_to_the_other(control: Any, nonce: str) -> None:
    """TR-34 from this service to itself: what one side signs, the other opens."""
    ours = control.get_parameters_for_import(
        KeyMaterialType="TR34_KEY_BLOCK", WrappingKeyAlgorithm="RSA_3072"
    )
    theirs = control.get_parameters_for_export(
        KeyMaterialType="TR34_KEY_BLOCK", SigningKeyAlgorithm="RSA_2048"
    )
    attributes = {
        "KeyUsage": "TR31_S0_ASYMMETRIC_KEY_FOR_DIGITAL_SIGNATURE", "KeyClass": "PUBLIC_KEY",
        "KeyAlgorithm": "ECC_NIST_P384", "KeyModesOfUse": {"Verify": True},
    }  # fmt: skip
    roots = [
        control.import_key(KeyMaterial={"RootCertificatePublicKey": {
            "KeyAttributes": attributes, "PublicKeyCertificate": told}})["Key"]["KeyArn"]
        for told in (ours["WrappingKeyCertificateChain"], theirs["SigningKeyCertificateChain"])
    ]  # fmt: skip
    arn = made(control)
    fresh = {"RandomNonce": nonce} if nonce else {}
    given = control.export_key(ExportKeyIdentifier=arn, KeyMaterial={"Tr34KeyBlock": {
        "CertificateAuthorityPublicKeyIdentifier": roots[0],
        "WrappingKeyCertificate": ours["WrappingKeyCertificate"],
        "ExportToken": theirs["ExportToken"], "KeyBlockFormat": "X9_TR34_2012", **fresh,
    }})["WrappedKey"]  # fmt: skip
    told = control.import_key(KeyMaterial={"Tr34KeyBlock": {
        "CertificateAuthorityPublicKeyIdentifier": roots[1],
        "SigningKeyCertificate": theirs["SigningKeyCertificate"],
        "ImportToken": ours["ImportToken"], "WrappedKeyBlock": given["KeyMaterial"],
        "KeyBlockFormat": "X9_TR34_2012", **fresh,
    }})["Key"]  # fmt: skip
    assert told["KeyCheckValue"] == given["KeyCheckValue"]
    assert told["KeyAttributes"]["KeyUsage"] == "TR31_P0_PIN_ENCRYPTION_KEY"


def test_a_block_under_an_agreed_key_comes_in_leaves_and_passes_through(
    control: Any, data: Any, bench: Any, authority: Authority
) -> None:
    attributes = {
        "KeyUsage": "TR31_K3_ASYMMETRIC_KEY_FOR_KEY_AGREEMENT", "KeyClass": "ASYMMETRIC_KEY_PAIR",
        "KeyAlgorithm": "ECC_NIST_P256", "KeyModesOfUse": {"DeriveKey": True},
    }  # fmt: skip
    pair = control.create_key(
        KeyAttributes=attributes,
        Exportable=False,
        DeriveKeyUsage="TR31_K1_KEY_BLOCK_PROTECTION_KEY",
    )["Key"]["KeyArn"]
    ours = control.get_public_key_certificate(KeyIdentifier=pair)["KeyCertificate"]
    public: Any = x509.load_pem_x509_certificate(base64.b64decode(ours)).public_key()
    peer = ec.generate_private_key(ec.SECP256R1())
    shared = os.urandom(16)
    kbpk = ConcatKDFHash(hashes.SHA256(), 16, shared).derive(peer.exchange(ec.ECDH(), public))
    agreed = {
        "PrivateKeyIdentifier": pair,
        "CertificateAuthorityPublicKeyIdentifier": trusted(control, authority),
        "PublicKeyCertificate": authority.issue(peer.public_key()),
        "DeriveKeyAlgorithm": "AES_128",
        "KeyDerivationFunction": "NIST_SP800",
        "KeyDerivationHashAlgorithm": "SHA_256",
        "DerivationData": {"SharedInformation": shared.hex().upper()},
    }
    key = os.urandom(16)
    block = psec.tr31.wrap(kbpk, psec.tr31.Header("D", "P0", "A", "B", "00", "E"), key)
    told = control.import_key(
        KeyMaterial={"DiffieHellmanTr31KeyBlock": {**agreed, "WrappedKeyBlock": block}}
    )["Key"]
    given = control.export_key(
        ExportKeyIdentifier=told["KeyArn"], KeyMaterial={"DiffieHellmanTr31KeyBlock": agreed}
    )["WrappedKey"]
    assert psec.tr31.unwrap(kbpk, given["KeyMaterial"])[1] == key
    other = os.urandom(32)
    under = known_key(bench, "K1", "AES_256", other, "B")
    passed = data.translate_key_material(
        IncomingKeyMaterial={"DiffieHellmanTr31KeyBlock": {**agreed, "WrappedKeyBlock": block}},
        OutgoingKeyMaterial={"Tr31KeyBlock": {"WrappingKeyIdentifier": under}},
    )["WrappedKey"]
    assert psec.tr31.unwrap(other, passed["WrappedKeyMaterial"])[1] == key
    assert passed["KeyCheckValue"] == told["KeyCheckValue"]


def test_as_2805_is_told_as_not_served(control: Any, bench: Any) -> None:
    under = known_key(bench, "K0", "TDES_2KEY", os.urandom(16), "B")
    arn = made(control)
    how = {"WrappingKeyIdentifier": under, "As2805KeyVariant": "PIN_ENCRYPTION_KEY_VARIANT_28"}
    with pytest.raises(control.exceptions.ValidationException, match="not served here"):
        control.export_key(ExportKeyIdentifier=arn, KeyMaterial={"As2805KeyCryptogram": how})
