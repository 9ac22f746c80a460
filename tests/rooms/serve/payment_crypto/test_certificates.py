"""Key pairs, certificates, and what goes under them over the wire: RSA, TR-34, ECDH."""

from __future__ import annotations

import base64
import os
from typing import Any

import psec
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.kdf.concatkdf import ConcatKDFHash

from tests.payment_authority import Authority, trusted
from tests.payment_wire import known_key

pytestmark = pytest.mark.filterwarnings("ignore::cryptography.utils.CryptographyDeprecationWarning")

BOTH = {"Encrypt": True, "Decrypt": True, "Wrap": True, "Unwrap": True}
PIN = {
    "KeyUsage": "TR31_P0_PIN_ENCRYPTION_KEY",
    "KeyClass": "SYMMETRIC_KEY",
    "KeyAlgorithm": "AES_128",
    "KeyModesOfUse": BOTH,
}


@pytest.fixture
def authority(bench: Any) -> Authority:
    return Authority(bench.clock.now_ms())


def made(control: Any, **more: Any) -> str:
    return str(
        control.create_key(**{"KeyAttributes": PIN, "Exportable": True, **more})["Key"]["KeyArn"]
    )


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
    again = control.create_key(KeyAttributes=attributes, Exportable=True, **more)["Key"]
    assert not again["Exportable"], "the private half of a pair never leaves"


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


@pytest.mark.parametrize("usage", ["P0", "D0"])
def test_a_key_is_agreed_on_for_one_request(
    control: Any, data: Any, bench: Any, authority: Authority, usage: str
) -> None:
    """The flows of the service's own samples: a PIN is chosen and shown under an agreed key."""
    attributes = {
        "KeyUsage": "TR31_K3_ASYMMETRIC_KEY_FOR_KEY_AGREEMENT", "KeyClass": "ASYMMETRIC_KEY_PAIR",
        "KeyAlgorithm": "ECC_NIST_P256", "KeyModesOfUse": {"DeriveKey": True},
    }  # fmt: skip
    more = {} if usage == "P0" else {"DeriveKeyUsage": "TR31_D0_SYMMETRIC_DATA_ENCRYPTION_KEY"}
    pair = control.create_key(KeyAttributes=attributes, Exportable=True, **more)["Key"]["KeyArn"]
    ours = control.get_public_key_certificate(KeyIdentifier=pair)["KeyCertificate"]
    public: Any = x509.load_pem_x509_certificate(base64.b64decode(ours)).public_key()
    peer, shared = ec.generate_private_key(ec.SECP256R1()), os.urandom(32)
    key = ConcatKDFHash(hashes.SHA512(), 16, shared).derive(peer.exchange(ec.ECDH(), public))
    agreed = {"WrappedKeyMaterial": {"DiffieHellmanSymmetricKey": {
        "CertificateAuthorityPublicKeyIdentifier": trusted(control, authority),
        "KeyAlgorithm": "AES_128", "KeyDerivationFunction": "NIST_SP800",
        "KeyDerivationHashAlgorithm": "SHA_512",
        "PublicKeyCertificate": authority.issue(peer.public_key()),
        "SharedInformation": shared.hex().upper(),
    }}}  # fmt: skip
    if usage == "D0":
        told = data.encrypt_data(
            KeyIdentifier=pair, PlainText="00" * 16, WrappedKey=agreed,
            EncryptionAttributes={"Symmetric": {"Mode": "ECB"}},
        )["CipherText"]  # fmt: skip
        cipher = psec.aes.encrypt_aes_ecb(key, bytes(16))
        assert told == cipher.hex().upper()
        return
    pan = "4123412341234127"
    iso_4 = {"IsoFormat4": {"PrimaryAccountNumber": pan}}
    other = os.urandom(16)
    arn = known_key(bench, "P0", "AES_128", other, "B")
    first = data.generate_pin_data(
        GenerationKeyIdentifier=known_key(bench, "V2", "TDES_2KEY", os.urandom(16), "C"),
        EncryptionKeyIdentifier=arn,
        GenerationAttributes={"VisaPin": {"PinVerificationKeyIndex": 1}},
        PrimaryAccountNumber=pan,
        PinBlockFormat="ISO_FORMAT_4",
    )["EncryptedPinBlock"]
    shown = data.translate_pin_data(
        IncomingKeyIdentifier=arn, OutgoingKeyIdentifier=pair, EncryptedPinBlock=first,
        IncomingTranslationAttributes=iso_4, OutgoingTranslationAttributes=iso_4,
        OutgoingWrappedKey=agreed,
    )["PinBlock"]  # fmt: skip
    assert len(shown) == 32
    assert data.translate_pin_data(
        IncomingKeyIdentifier=pair, OutgoingKeyIdentifier=arn, EncryptedPinBlock=shown,
        IncomingTranslationAttributes=iso_4, OutgoingTranslationAttributes=iso_4,
        IncomingWrappedKey=agreed,
    )["KeyArn"] == arn  # fmt: skip
