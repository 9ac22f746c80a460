"""Published numbers that the handset's own small parts must give or accept."""

import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from tallystick.ground.identifiers import from_base64url, to_base64url
from tallystick.handset import Malformed
from tallystick.handset.jose import derive_key
from tallystick.handset.keys import DeviceKey, read_peer_key, thumbprint
from tallystick.handset.notes import open_note, read_verifier_key
from tallystick.handset.pin import pin_field, read_pin
from tallystick.handset.qr import checksum
from tallystick.handset.reading import EcJwk
from tallystick.handset.trees import check_consistency, check_inclusion, leaf_hash, node_hash

# RFC 7518 appendix C: Alice's ephemeral key agrees with Bob's static one.
ALICE_D = "0_NxaRPUMQoAJt50Gz8YiTr8gRTwyEaCumd-MToTmIo"
BOB = EcJwk(
    kty="EC",
    crv="P-256",
    x="weNJy2HscCSM6AEDTDg04biOvhFhyyWvOHQfeF_PxMQ",
    y="e8lnCO-AlStT-NJVX-crhB7QRYhiix03illJOVAOyck",
)


def test_concat_kdf_is_the_one_of_rfc_7518():
    scalar = int.from_bytes(from_base64url(ALICE_D), "big")
    alice = DeviceKey(ec.derive_private_key(scalar, ec.SECP256R1()))
    assert alice.jwk["x"] == "gI0GAILBdu7T53akrFmMyGcsF3n5dO7MmwNBHKW5SV0"
    shared = alice.agree(read_peer_key(BOB))
    key = derive_key(shared, algorithm=b"A128GCM", apu=b"Alice", apv=b"Bob", length=16)
    assert to_base64url(key) == "VqqN6vgjbSBcIijNcacQGg"


def test_thumbprint_is_the_one_of_rfc_9449():
    jwk = {  # RFC 9449 §4.2 (proof) and §6.1 (jkt)
        "kty": "EC",
        "crv": "P-256",
        "x": "l8tFrhx-34tV3hRICRDY9zCkDlpBhF42UQUfWVAWBFs",
        "y": "9VE4jf_Ok_o64zbTTlcuNJajHmt6v9TDVrU0CdvGRDA",
    }
    assert thumbprint(jwk) == "0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I"
    assert read_peer_key(EcJwk(**jwk)).thumbprint == thumbprint(jwk)


# The example of the Go module golang.org/x/mod/sumdb/note, which C2SP signed-note describes.
NOTE_KEY = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
NOTE_TEXT = (
    "If you think cryptography is the answer to your problem,\n"
    "then you don't know what your problem is.\n"
)
NOTE_SIGNATURE = (
    "— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZ"
    "b6KE6RyyBwJnAM=\n"
)
NOTE_BAD_KEYS = [
    "PeterNeumann+cc469956+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TWBADKEY==",
    "PeterNeumann+173116ae+ZRpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW",  # unknown algorithm
    "PeterNeumann+c74f20a4+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW",
    "PeterNeumann+C74F20A3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW",
    "Peter Neumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW",
    "PeterNeumann+c74f20a3",
    "",
]


def test_the_published_note_opens():
    verifier = read_verifier_key(NOTE_KEY)
    assert open_note(f"{NOTE_TEXT}\n{NOTE_SIGNATURE}", verifier=verifier) == NOTE_TEXT
    with pytest.raises(Malformed):
        open_note(f"{NOTE_TEXT}.\n{NOTE_SIGNATURE}", verifier=verifier)


@pytest.mark.parametrize("text", NOTE_BAD_KEYS)
def test_a_damaged_verifier_key_is_refused(text):
    with pytest.raises(Malformed):
        read_verifier_key(text)


# Leaves and roots of the Certificate Transparency reference tree (RFC 6962 and 9162 hash alike).
TREE_LEAVES = ["", "00", "10", "2021", "3031", "40414243", "5051525354555657"]
TREE_LEAVES.append("606162636465666768696a6b6c6d6e6f")
TREE_ROOTS = [
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]
INCLUSIONS = [  # index, size, path
    (0, 1, []),
    (
        0,
        8,
        [
            "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
            "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
            "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4",
        ],
    ),
    (
        5,
        8,
        [
            "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
            "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
            "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
        ],
    ),
]
CONSISTENCIES = [  # old size, new size, path
    (
        2,
        5,
        [
            "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
            "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
        ],
    ),
]


def test_two_leaves_hash_to_the_published_root():
    first, second = (leaf_hash(bytes.fromhex(leaf)) for leaf in TREE_LEAVES[:2])
    assert node_hash(first, second).hex() == TREE_ROOTS[1]


@pytest.mark.parametrize(("index", "size", "path"), INCLUSIONS)
def test_published_inclusion_paths_hold(index, size, path):
    check_inclusion(
        leaf=bytes.fromhex(TREE_LEAVES[index]),
        index=index,
        size=size,
        path=[bytes.fromhex(node) for node in path],
        root=bytes.fromhex(TREE_ROOTS[size - 1]),
    )


@pytest.mark.parametrize(("old", "new", "path"), CONSISTENCIES)
def test_published_consistency_paths_hold(old, new, path):
    check_consistency(
        old_size=old,
        old_root=bytes.fromhex(TREE_ROOTS[old - 1]),
        new_size=new,
        new_root=bytes.fromhex(TREE_ROOTS[new - 1]),
        path=[bytes.fromhex(node) for node in path],
    )


CODES = [  # text with its checksum, source
    ("12345678929B1", "CRC-16/CCITT-FALSE check value"),
    (
        "00020126580014br.gov.bcb.pix0136123e4567-e12b-12d1-a456-4266554400005204000053039865802BR"
        "5913Fulano de Tal6008BRASILIA62070503***63041D3D",
        "Banco Central do Brasil, manual of the BR Code, static example",
    ),
]


@pytest.mark.parametrize(("text", "source"), CODES)
def test_published_codes_have_their_checksum(text, source):
    assert checksum(text[:-4]) == text[-4:], source


PIN_FIELDS = [  # pin, field, source
    ("1234", "241234ffffffffff", "psec 1.3.0 doctest; ISO 9564-1 format 2"),
]


@pytest.mark.parametrize(("pin", "field", "source"), PIN_FIELDS)
def test_pin_field_matches_published_value(pin, field, source):
    assert pin_field(read_pin(pin)).hex() == field, source
