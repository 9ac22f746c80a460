"""What goes wrong with key blocks elsewhere, each as a test."""

from __future__ import annotations

import pytest

from tallystick.crypto.key_blocks import (
    BlockVersion,
    Exportability,
    KeyAlgorithm,
    KeyAttributes,
    KeyBlockRefused,
    KeyMode,
    KeyUsage,
    OptionalBlock,
    ProtectionKey,
    WeakerKey,
    unwrap_key,
    wrap_key,
)
from tallystick.crypto.key_blocks.header import Header, write_header
from tallystick.crypto.key_blocks.optional_blocks import read_optional, write_optional
from tallystick.crypto.mechanisms import CheckMethod, KeyRefused

EVERY = frozenset(BlockVersion)
TDES_KEK = ProtectionKey(bytes(range(24)), KeyAlgorithm.TDES_3KEY)
AES_KEK = ProtectionKey(bytes(range(32)), KeyAlgorithm.AES_256)
KEYS = {"B": TDES_KEK, "D": AES_KEK, "E": AES_KEK}
KEY = bytes.fromhex("3f419e1cb7079442aa37474c2efbf8b8")


def pin(algorithm: KeyAlgorithm = KeyAlgorithm.TDES_2KEY, **other: object) -> KeyAttributes:
    told: dict[str, object] = {
        "usage": KeyUsage.PIN_ENCRYPTION, "mode": KeyMode.BOTH,
        "exportability": Exportability.EXPORTABLE, **other,
    }  # fmt: skip
    return KeyAttributes(algorithm=algorithm, **told)  # type: ignore[arg-type]


def wrapped(version: str = "D", optional: tuple[OptionalBlock, ...] = (), **header: str) -> str:
    """A block as another implementation could have written it: sealed, whatever its header says."""
    told = {
        "usage": "P0", "algorithm": "T", "mode": "B", "key_version": "00", "exportability": "E",
        **header,
    }  # fmt: skip
    head = Header(version=BlockVersion(version), optional=optional, **told)  # type: ignore[arg-type]
    return sealed(version, write_header(head, payload_octets=32), KEY)


def sealed(version: str, header: str, key: bytes, bits: int | None = None) -> str:
    payload = (8 * len(key) if bits is None else bits).to_bytes(2) + key
    payload += bytes(32 - len(payload))
    enciphered, mac = KEYS[version].binding(BlockVersion(version)).seal(header.encode(), payload)
    return header + (enciphered + mac).hex().upper()


def refused(block: str, reason: str, **more: object) -> None:
    kek = KEYS.get(block[:1], AES_KEK)
    with pytest.raises(KeyBlockRefused) as caught:
        unwrap_key(block, protection_key=kek, **more)  # type: ignore[arg-type]
    assert caught.value.reason == reason
    assert str(caught.value) == "the key block was refused"
    assert caught.value.outside == "key-block.refused"


def test_the_maker_of_these_blocks_makes_good_ones() -> None:
    for version in "BDE":
        assert unwrap_key(wrapped(version), protection_key=KEYS[version]).key == KEY


# ---- every bit --------------------------------------------------------------------------------


@pytest.mark.parametrize("version", ["B", "D", "E"])
def test_every_flipped_bit_is_refused_with_the_same_error(version: str) -> None:
    label = OptionalBlock("LB", "abc")
    block = wrap_key(
        KEY, pin(), protection_key=KEYS[version], version=BlockVersion(version), optional=(label,)
    )
    kek = KEYS[version]
    assert unwrap_key(block, protection_key=kek, accept=EVERY).key == KEY
    told = set()
    for at in range(len(block)):
        for bit in range(8):
            other = block[:at] + chr(ord(block[at]) ^ 1 << bit) + block[at + 1 :]
            with pytest.raises(KeyBlockRefused) as caught:
                unwrap_key(other, protection_key=kek, accept=EVERY)
            told.add((type(caught.value), str(caught.value), caught.value.outside))
    assert len(told) == 1


def test_lower_case_digits_are_another_spelling_and_refused() -> None:
    block = wrapped()
    refused(block[:16] + block[16:].lower(), "hex")
    refused(block[:-2] + " " + block[-1], "hex")


def test_another_key_is_refused_as_any_flipped_bit() -> None:
    other = ProtectionKey(bytes(32), KeyAlgorithm.AES_256)
    with pytest.raises(KeyBlockRefused) as caught:
        unwrap_key(wrapped(), protection_key=other)
    assert caught.value.reason == "mac"


# ---- lengths ----------------------------------------------------------------------------------


def test_the_length_in_the_header_is_the_length_of_the_block() -> None:
    block = wrapped()
    for wrong in (block + "00", block[:-2], block + "0" * 32, block[:16], "", "D"):
        refused(wrong, "length" if len(wrong) > 15 else "header")
    refused(block[:1] + "+112" + block[5:], "header")
    refused(block[:1] + "０１１２" + block[5:], "header")


def test_a_key_is_as_long_as_its_algorithm() -> None:
    head = wrapped()[:16]
    refused(sealed("D", head, KEY[:8]), "attributes")  # single DES has no name here
    refused(sealed("D", head, KEY + b"x"), "attributes")
    refused(sealed("D", head, KEY, bits=127), "key-length")  # not whole octets
    refused(sealed("D", head, KEY, bits=0), "key-length")
    refused(sealed("D", head, KEY, bits=8 * 31), "key-length")  # beyond the payload
    refused(sealed("D", head, KEY, bits=0xFFFF), "key-length")
    aes = wrapped(algorithm="A")[:16]
    assert unwrap_key(sealed("D", aes, KEY), protection_key=AES_KEK).key == KEY
    refused(sealed("D", aes, KEY + bytes(4)), "attributes")


def test_a_payload_of_no_whole_block_is_refused() -> None:
    for version, extra in (("B", 4), ("D", 8)):
        block = wrapped(version)
        text = f"{block[0]}{len(block) + 2 * extra:04d}{block[5:16]}"
        refused(text + block[16:] + "00" * extra, "payload")


def test_a_block_without_payload_is_refused() -> None:
    for version, mac in (("B", 8), ("D", 16), ("E", 16)):
        head = wrapped(version)[5:16]
        refused(f"{version}{16 + 2 * mac:04d}{head}{'00' * mac}", "length")
        refused(
            f"{version}{16 + 2 * mac + 2:04d}{head}{'00' * mac}00",
            "mac" if version == "E" else "payload",
        )


def test_the_length_of_a_key_does_not_show() -> None:
    for version in BlockVersion.D, BlockVersion.E:
        lengths = {
            len(wrap_key(bytes(a.octets), pin(a), protection_key=AES_KEK, version=version))
            for a in (KeyAlgorithm.AES_128, KeyAlgorithm.AES_192, KeyAlgorithm.AES_256)
        }
        assert len(lengths) == 1
    tdes = {
        len(wrap_key(bytes(a.octets), pin(a), protection_key=TDES_KEK, version=BlockVersion.B))
        for a in (KeyAlgorithm.TDES_2KEY, KeyAlgorithm.TDES_3KEY)
    }
    assert len(tdes) == 1


# ---- optional blocks --------------------------------------------------------------------------


def test_the_count_of_optional_blocks_is_the_count_of_optional_blocks() -> None:
    block = wrapped(optional=(OptionalBlock("LB", "abcdefgh"), OptionalBlock("WP", "000")))
    assert block[12:14] == "03"  # with the padding
    for count in ("00", "01", "02", "04", "99"):
        with pytest.raises(KeyBlockRefused):
            unwrap_key(block[:12] + count + block[14:], protection_key=AES_KEK)


def test_both_long_forms_are_read_and_the_one_of_the_standard_is_written() -> None:
    label = OptionalBlock("LB", "x" * 300)
    count, ours = write_optional([label], multiple=16)
    assert ours.startswith("LB0002" + "0136")
    others = "LB0004" + ours[6:]  # as openemv/tr31 writes it
    for text in (ours, others):
        assert read_optional(text, 0, count=count, multiple=16) == ((label,), len(text))
    eight = "LB000400000136" + "x" * 296  # eight digits: what "04" would be in hex pairs
    for wrong in (eight, "LB0003" + ours[6:], "LB0000", "LB0002", "LB00", "LB0002FFFF" + "x" * 99):
        with pytest.raises(KeyBlockRefused):
            read_optional(wrong, 0, count=1, multiple=1)


def test_a_length_has_one_spelling() -> None:
    for text in ("LB0002000Exxxx", "LB0e" + "x" * 10, "LB03", "LB1 xxxx", "LB+8xxxx", "LB_8xxxx"):
        with pytest.raises(KeyBlockRefused):
            read_optional(text, 0, count=1, multiple=1)


def test_padding_is_the_last_and_as_long_as_needed() -> None:
    good = "LB08abcdPB08zzzz"
    assert read_optional(good, 0, count=2, multiple=16)[1] == 16
    for wrong in (
        "PB08zzzzLB08abcd",  # not the last
        "LB08abcdPB04",  # no multiple
        "LB08abcdPB18" + "z" * 20 + "x" * 4,  # no multiple
        "LB08abcdPB28" + "z" * 36,  # longer than needed
    ):
        with pytest.raises(KeyBlockRefused):
            read_optional(wrong, 0, count=2, multiple=16)
    assert read_optional("LB0CabcdefghPB14" + "0" * 16, 0, count=2, multiple=16), (
        "psec: a whole block"
    )
    with pytest.raises(KeyBlockRefused):
        write_optional([OptionalBlock("PB", "00")], multiple=8)


def test_padding_goes_by_the_cipher() -> None:
    label = OptionalBlock("LB", "abcd")  # eight characters
    assert write_optional([label], multiple=8) == (1, "LB08abcd")
    assert write_optional([label], multiple=16) == (2, "LB08abcdPB080000")


def test_no_optional_block_comes_twice() -> None:
    with pytest.raises(KeyBlockRefused):
        read_optional("LB08abcdLB08abcd", 0, count=2, multiple=16)
    with pytest.raises(KeyBlockRefused):
        write_optional([OptionalBlock("LB", "a"), OptionalBlock("LB", "b")], multiple=8)


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("KS", "00604B120F929280000"), ("KS", "00604b120f9292800000"), ("IK", "1234"),
        ("HM", "2"), ("KC", "00"), ("KC", "0012345678"), ("KC", "01" + "AB" * 6), ("KP", "02AABBCC"),
        ("TS", "2026-11-26T03:00:00"), ("TS", "2026-11-26 03:00:00Z"), ("TC", "٢٠٢٦1126030000Z"),
        ("CT", "03abc"), ("CT", "00"), ("DA", "02P0TEE"), ("DA", "01P0TE"), ("LB", ""),
        ("LB", "caf\xe9"), ("BI", "011122334455"), ("AL", "0102"), ("WP", "004"), ("P", "x"),
        ("lb", "x"), ("L-", "x"),
    ],
)  # fmt: skip
def test_known_blocks_have_their_form(name: str, data: str) -> None:
    with pytest.raises(KeyBlockRefused):
        OptionalBlock(name, data)


def test_a_key_serial_number_goes_with_tdes_dukpt_and_an_identifier_with_aes_dukpt() -> None:
    ks = OptionalBlock.key_serial_number(bytes.fromhex("00604b120f9292800000"))
    ik = OptionalBlock.initial_key_id(bytes.fromhex("1234567890123456"))
    initial = {"usage": "B1", "mode": "X"}
    assert unwrap_key(wrapped(optional=(ks,), **initial), protection_key=AES_KEK).optional == (ks,)
    good = wrapped(optional=(ik,), algorithm="A", **initial)
    assert unwrap_key(good, protection_key=AES_KEK).optional == (ik,)
    refused(wrapped(optional=(ks,), algorithm="A", **initial), "optional-block.misplaced")
    refused(wrapped(optional=(ik,), **initial), "optional-block.misplaced")
    refused(wrapped(optional=(ks,)), "optional-block.misplaced")  # a PIN key has none
    with pytest.raises(KeyBlockRefused):
        wrap_key(KEY, pin(), protection_key=AES_KEK, version=BlockVersion.D, optional=(ks,))


def test_an_hmac_key_says_its_hash() -> None:
    told = {"usage": "M7", "algorithm": "H", "mode": "C"}
    refused(wrapped(**told), "attributes")  # no HM
    refused(wrapped(optional=(OptionalBlock("HM", "10"),), **told), "attributes")  # SHA-1
    refused(wrapped(optional=(OptionalBlock("HM", "21"),), **told), "attributes")  # half a key
    refused(wrapped(optional=(OptionalBlock("HM", "21"),)), "optional-block.misplaced")


def test_a_certificate_goes_with_no_symmetric_key() -> None:
    refused(wrapped(optional=(OptionalBlock("CT", "00TUlJ"),)), "optional-block.misplaced")


def test_check_values_in_the_header_are_those_of_the_keys() -> None:
    check = OptionalBlock.check
    right = (
        check("KC", CheckMethod.LEGACY, "57C409"),
        check("KP", CheckMethod.CMAC, AES_KEK.check_value(CheckMethod.CMAC, octets=5)),
    )
    block = wrap_key(KEY, pin(), protection_key=AES_KEK, version=BlockVersion.D, optional=right)
    assert unwrap_key(block, protection_key=AES_KEK).optional == right
    for name in "KC", "KP":
        wrong = (check(name, CheckMethod.CMAC, "000000"),)
        refused(wrapped(optional=wrong), "check-value")
        with pytest.raises(KeyBlockRefused):
            wrap_key(KEY, pin(), protection_key=AES_KEK, version=BlockVersion.D, optional=wrong)


# ---- what the header says is enforced ----------------------------------------------------------


@pytest.mark.parametrize(
    "header",
    [
        {"mode": "C"}, {"mode": "N", "usage": "B2"}, {"usage": "S0", "mode": "S"}, {"mode": "0"},
        {"usage": "M3", "algorithm": "A", "mode": "C"}, {"usage": "K1", "mode": "X"},
        {"algorithm": "D"}, {"algorithm": "R"}, {"algorithm": "0"}, {"exportability": "X"},
        {"usage": "I0", "mode": "N"}, {"usage": "10", "algorithm": "A"}, {"key_version": "c1"},
        {"usage": "B1", "mode": "Y"},
    ],
)  # fmt: skip
def test_attributes_that_do_not_go_together_are_refused(header: dict[str, str]) -> None:
    refused(wrapped(**header), "attributes")


def test_a_block_for_storage_is_not_for_exchange() -> None:
    head = Header(
        version=BlockVersion.D, usage="P0", algorithm="T", mode="B", key_version="00",
        exportability="E",
    )  # fmt: skip
    text = write_header(head, payload_octets=32)
    assert unwrap_key(sealed("D", text[:14] + "20", KEY), protection_key=AES_KEK).key == KEY
    refused(sealed("D", text[:14] + "10", KEY), "context")
    refused(sealed("D", text[:14] + "30", KEY), "header")
    refused(sealed("D", text[:14] + "01", KEY), "header")


# ---- versions and strength ---------------------------------------------------------------------

OLD = [  # X9 TR-31:2018 A.7.2.1 and A.7.3.1
    ("89E88CF7931444F334BD7547FC3F380C",
     "A0072P0TE00E0000F5161ED902807AF26F1D62263644BD24192FDB3193C730301CEE8701"),
    ("B8ED59E0A279A295E9F5ED7944FD06B9",
     "C0096B0TX12S0100KS1800604B120F9292800000"
     "BFB9B689CB567E66FC3FEE5AD5F52161FC6545B9D60989015D02155C"),
]  # fmt: skip


@pytest.mark.parametrize(("kek", "block"), OLD)
def test_a_and_c_are_read_only_by_whoever_names_them(kek: str, block: str) -> None:
    key = ProtectionKey(bytes.fromhex(kek), KeyAlgorithm.TDES_2KEY)
    with pytest.raises(KeyBlockRefused):
        unwrap_key(block, protection_key=key)
    with pytest.raises(KeyBlockRefused):
        unwrap_key(block, protection_key=key, accept={BlockVersion.B, BlockVersion.D})
    assert unwrap_key(block, protection_key=key, accept={BlockVersion(block[0])}).key
    for at in range(0, len(block), 3):
        flipped = block[:at] + chr(ord(block[at]) ^ 1) + block[at + 1 :]
        with pytest.raises(KeyBlockRefused):
            unwrap_key(flipped, protection_key=key, accept=EVERY)


@pytest.mark.parametrize("version", ["A", "C"])
def test_a_and_c_are_never_written(version: str) -> None:
    with pytest.raises(KeyBlockRefused):
        wrap_key(KEY, pin(), protection_key=TDES_KEK, version=BlockVersion(version))
    with pytest.raises(KeyBlockRefused):
        TDES_KEK.binding(BlockVersion(version)).seal(b"", b"")


def test_a_version_goes_with_its_cipher() -> None:
    for kek, version in ((AES_KEK, "B"), (TDES_KEK, "D"), (TDES_KEK, "E")):
        with pytest.raises(KeyBlockRefused):
            wrap_key(KEY, pin(), protection_key=kek, version=BlockVersion(version))
        with pytest.raises(KeyBlockRefused) as caught:
            unwrap_key(wrapped(version), protection_key=kek)
        assert caught.value.reason == "protection-key"


def test_no_key_travels_under_a_weaker_one() -> None:
    strong, weak = pin(KeyAlgorithm.AES_256), ProtectionKey(KEY, KeyAlgorithm.AES_128)
    with pytest.raises(WeakerKey):
        wrap_key(bytes(32), strong, protection_key=weak, version=BlockVersion.D)
    with pytest.raises(WeakerKey):
        wrap_key(bytes(16), pin(KeyAlgorithm.AES_128), protection_key=TDES_KEK,
                 version=BlockVersion.B)  # fmt: skip
    # Another implementation does not ask; we do when we read.
    refused(wrapped("B", algorithm="A"), "strength")


def test_what_protects_is_a_block_cipher_of_full_length() -> None:
    for algorithm in KeyAlgorithm.HMAC_SHA256, KeyAlgorithm.RSA_2048, KeyAlgorithm.ECC_P256:
        with pytest.raises(KeyRefused):
            ProtectionKey(bytes(32), algorithm)
    with pytest.raises(KeyRefused):
        ProtectionKey(bytes(8), KeyAlgorithm.TDES_2KEY)


def test_nothing_shows_a_key() -> None:
    block = wrapped()
    taken = unwrap_key(block, protection_key=AES_KEK)
    for shown in (repr(taken), repr(AES_KEK), repr(AES_KEK.binding(BlockVersion.D))):
        assert KEY.hex() not in shown.lower()
        assert repr(KEY)[2:10] not in shown
        assert "0001020304" not in shown
