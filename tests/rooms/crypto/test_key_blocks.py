"""Key blocks against published blocks, against a second implementation, and against themselves."""

from __future__ import annotations

import os

import pytest
from hypothesis import given
from hypothesis import strategies as st
from psec import tr31

from tallystick.crypto.key_blocks import (
    BlockVersion,
    Exportability,
    KeyAlgorithm,
    KeyAttributes,
    KeyMode,
    KeyUsage,
    OptionalBlock,
    ProtectionKey,
    WeakerKey,
    check_value_of,
    demand_not_weaker,
    read_header,
    unwrap_key,
    wrap_key,
)
from tallystick.crypto.key_blocks.x9143 import open_block
from tallystick.crypto.mechanisms import CheckMethod

h = bytes.fromhex
EVERY = frozenset(BlockVersion)
PAYSHIELD = "example of a payShield 10k in openemv/tr31"
BLOCKS = [  # protection key, block, key, check value, source
    ("EFE0853B256B583D868F251CE99EA1D9",
     "A0072K0TN00N0000F40D5672C6D0EC86F860BA88D44D00F0CA9A8CE8CD2F640287A9A9EB",
     "5DB50B454F8389ADCE573BE50861F2BF", "5C9405", PAYSHIELD),
    ("EFE0853B256B583D868F251CE99EA1D9",
     "B0080K0TN00N00001C414014375212C24995E405B5EE052CB92B67F455EA2680F6751088F9F1C228",
     "5DB50B454F8389ADCE573BE50861F2BF", "5C9405", PAYSHIELD),
    ("EFE0853B256B583D868F251CE99EA1D9",
     "C0072K0TN00N0000C9B875FF7A5316BF221C09ED52080DE0B45632A4EA9CE87699CB565E",
     "5DB50B454F8389ADCE573BE50861F2BF", "5C9405", PAYSHIELD),
    ("89E88CF7931444F334BD7547FC3F380C",
     "A0072P0TE00E0000F5161ED902807AF26F1D62263644BD24192FDB3193C730301CEE8701",
     "F039121BEC83D26B169BDCD5B22AAF8F", "CB9DEA", "X9 TR-31:2018 A.7.2.1"),
    ("89E88CF7931444F334BD7547FC3F380C",
     "A0072P0TE00E0000F5161ED902807AF26F1D62263644BD24D52C8D44AAEDA6D81752022B",
     "F039121BEC83D26B169BDCD5B22AAF8F", "CB9DEA", "chhil/TR31Keyblock, of another simulator"),
    ("DD7515F2BFC17F85CE48F3CA25CB21F6",
     "B0080P0TE00E000094B420079CC80BA3461F86FE26EFC4A3B8E4FA4C5F5341176EED7B727B8A248E",
     "3F419E1CB7079442AA37474C2EFBF8B8", "57C409", "X9 TR-31:2018 A.7.2.2"),
    ("B8ED59E0A279A295E9F5ED7944FD06B9",
     "C0096B0TX12S0100KS1800604B120F9292800000"
     "BFB9B689CB567E66FC3FEE5AD5F52161FC6545B9D60989015D02155C",
     "EDB380DD340BC2620247D445F5B8D678", "F4B08D", "X9 TR-31:2018 A.7.3.1"),
    ("1D22BF32387C600AD97F9B97A51311AC",
     "B0104B0TX12S0100KS1800604B120F9292800000"
     "BB68BE8680A400D9191AD4ECE45B6E6C0D21C4738A52190E248719E24B433627",
     "E8BC63E5479455E26577F715D587FE68", "9A4212", "X9 TR-31:2018 A.7.3.2"),
    ("88E1AB2A2E3DD38C1FA039A536500CC8A87AB9D62DC92C01058FA79F44657DE6",
     "D0112P0AE00E0000B82679114F470F540165EDFBF7E250FCEA43F810D215F8D2"
     "07E2E417C07156A27E8E31DA05F7425509593D03A457DC34",
     "3F419E1CB7079442AA37474C2EFBF8B8", "08793E", "X9 TR-31:2018 A.7.4"),
    ("41" * 32,
     "D0112B0TN00N000037DB9B046B7B0048785690759580ABC3B9842AB4BB7717B4"
     "9E92528E575785D8123559376A2553B27BE94F054F4E971C",
     "1FA1F7CEC798D91545DA8AE0C7796BD9", "FF5087", PAYSHIELD),
    ("41" * 32,
     "D0144D0AN00N0000127862F945C2DED04530FAF7CDBC8B0BA10C7AA79BD5E0C2"
     "C5D6AC173BF588E4B19ACF1357178D50EA0AB193228E13958304FC6149632DFDCADF3A5B3D57E814",
     "BE19E6A07A760F10EF8E83A226B63AAD141F463FDDD4F47DB244B4023EC3CACC", "0A00E3", PAYSHIELD),
    ("3235362D62697420414553207772617070696E67202849534F20323030333829",
     "D0112M3TV16N000018462FA5903B8D2B82FEE26B29713C0BE7ED81601087F122"
     "52093D06FC0A012C1CF769AD0E3E9E4877166AB013FC22B4",
     "767361707064642032454552206B6479", "B29D42", "ISO 20038:2017 B.3"),
    ("88E1AB2A2E3DD38C1FA039A536500CC8A87AB9D62DC92C01058FA79F44657DE6",
     "D0144P0AE00E00002C77FA3F4A553BED6E88AE5C172A4166E3D4ACA8E2AC71C1"
     "58A476FAC12C13C3829DE55D3AB54C48F4C4FEF7AC75E90FC47F1B77E7B19A73ED46E64410082557",
     "3F419E1CB7079442AA37474C2EFBF8B8", "08793E", "ANSI X9.143:2021 8.1"),
    ("B8ED59E0A279A295E9F5ED7944FD06B9",
     "C0112B0TX12S0100KS1800604B120F9292800000"
     "42B758A2400AB598AE37782823DAF0BA4BDB0DAFF34915345CA169AE1F976A429EB139E5",
     "EDB380DD340BC2620247D445F5B8D678", "F4B08D", "ANSI X9.143:2021 8.4.1"),
    ("1D22BF32387C600AD97F9B97A51311AC",
     "B0120B0TX12S0100KS1800604B120F9292800000"
     "15CEB14B76D551F21EC43A75390FA118A98C6CB049E3B9E864A5F4A8B9A5108A6DB5635C95B042D7",
     "E8BC63E5479455E26577F715D587FE68", "9A4212", "ANSI X9.143:2021 8.4.2"),
]  # fmt: skip


def protection(key: bytes, version: str) -> ProtectionKey:
    tdes = {16: KeyAlgorithm.TDES_2KEY, 24: KeyAlgorithm.TDES_3KEY}
    aes = {16: KeyAlgorithm.AES_128, 24: KeyAlgorithm.AES_192, 32: KeyAlgorithm.AES_256}
    return ProtectionKey(key, (aes if version in "DE" else tdes)[len(key)])


@pytest.mark.parametrize(("kek", "block", "key", "value", "source"), BLOCKS)
def test_published_blocks(kek: str, block: str, key: str, value: str, source: str) -> None:
    taken = unwrap_key(block, protection_key=protection(h(kek), block[0]), accept=EVERY)
    assert taken.key == h(key)
    assert taken.attributes.usage == block[5:7]
    assert taken.attributes.mode == block[8]
    assert taken.attributes.version == block[9:11]
    assert taken.attributes.exportability == block[11]
    assert check_value_of(taken.key, taken.attributes.algorithm) == value
    if "KS" in block:
        assert taken.optional == (OptionalBlock("KS", "00604B120F9292800000"),)


ISO_KEK = h("3235362D62697420414553207772617070696E67202849534F20323030333829")
ISO_E = "E0084B0TV16N0000B2AE5E26BBA7F246E84D5EA24167E208A6B66EF2E27E55A52DB52F0AEACB94C57547"
ISO_KEY = h("777261707065642033444553206B6579")


def test_the_published_block_of_version_e() -> None:
    # ISO 20038:2017 B.2. Its usage and mode do not go together, so it is opened below `unwrap_key`.
    header, key = open_block(ISO_E, protection_key=ProtectionKey(ISO_KEK, KeyAlgorithm.AES_256))
    assert key == ISO_KEY
    assert (header.version, header.usage, header.mode) == ("E", "B0", "V")


def test_version_e_without_padding_is_written_as_published() -> None:
    # Nothing in ISO 20038:2017 B.2 is left to chance, so its sealing can be repeated.
    binding = ProtectionKey(ISO_KEK, KeyAlgorithm.AES_256).binding(BlockVersion.E)
    enciphered, mac = binding.seal(ISO_E[:16].encode(), b"\0\x80" + ISO_KEY)
    assert ISO_E[16:] == (enciphered + mac).hex().upper()


def test_the_check_value_of_a_protection_key_is_the_published_one() -> None:
    # ANSI X9.143:2021 8.6 says it in block KP of its header: KP10012331550BC9.
    kek = h("88E1AB2A2E3DD38C1FA039A536500CC8A87AB9D62DC92C01058FA79F44657DE6")
    value = ProtectionKey(kek, KeyAlgorithm.AES_256).check_value(CheckMethod.CMAC, octets=5)
    assert OptionalBlock.check("KP", CheckMethod.CMAC, value).text == "KP10012331550BC9"


# ---- a second implementation ------------------------------------------------------------------

PAIRS = [
    (usage, algorithm, mode)
    for usage, mode in (
        ("P0", "B"),
        ("D0", "E"),
        ("B0", "X"),
        ("K1", "D"),
        ("C0", "G"),
        ("V2", "V"),
    )
    for algorithm in KeyAlgorithm
    if algorithm.letter in "TA"
]


@st.composite
def whole(draw: st.DrawFn) -> tuple[str, bytes, KeyAttributes, bytes]:
    """A version, a protection key that is strong enough, attributes and a key."""
    version = draw(st.sampled_from("BDE"))
    usage, algorithm, mode = draw(st.sampled_from(PAIRS))
    octets = draw(st.sampled_from((16, 24) if version == "B" else (16, 24, 32)))
    kek = draw(st.binary(min_size=octets, max_size=octets))
    try:
        demand_not_weaker(protection(kek, version).algorithm, algorithm)
    except WeakerKey:
        algorithm = KeyAlgorithm.TDES_2KEY
    attributes = KeyAttributes(
        usage=KeyUsage(usage), algorithm=algorithm, mode=KeyMode(mode),
        exportability=draw(st.sampled_from(Exportability)),
        version=draw(st.sampled_from(("00", "12", "zZ"))),
    )  # fmt: skip
    key = draw(st.binary(min_size=algorithm.octets, max_size=algorithm.octets))
    return version, kek, attributes, key


blocks_of = st.lists(
    st.sampled_from(
        [
            OptionalBlock("LB", "a label"), OptionalBlock("LB", "x" * 400),
            OptionalBlock("TS", "2026-11-26T03:00:00Z"), OptionalBlock("TC", "20261126030000Z"),
            OptionalBlock("WP", "000"), OptionalBlock("10", ""), OptionalBlock("Z9", "y" * 251),
        ]
    ),
    max_size=4, unique_by=lambda block: block.id,
)  # fmt: skip


@given(whole(), blocks_of)
def test_what_is_wrapped_is_unwrapped(
    drawn: tuple[str, bytes, KeyAttributes, bytes], optional: list[OptionalBlock]
) -> None:
    version, kek, attributes, key = drawn
    kept = protection(kek, version)
    block = wrap_key(
        key, attributes, protection_key=kept, version=BlockVersion(version), optional=optional
    )
    taken = unwrap_key(block, protection_key=kept)
    assert (taken.key, taken.attributes, taken.version) == (key, attributes, version)
    assert taken.optional == tuple(optional)
    header, text = read_header(block)
    assert (len(text) - 16) % (8 if version == "B" else 16) == 0
    assert header.find("PB") is None
    hidden = 24 if header.algorithm == "T" else 32
    payload = len(block) - len(text) - 2 * header.version.mac_octets
    assert payload >= 2 * (2 + hidden), "the length of the key does not show"
    assert key.hex().upper() not in block


@pytest.mark.filterwarnings("ignore::cryptography.utils.CryptographyDeprecationWarning")
@given(whole(), blocks_of)
def test_psec_reads_what_we_write(
    drawn: tuple[str, bytes, KeyAttributes, bytes], optional: list[OptionalBlock]
) -> None:
    version, kek, attributes, key = drawn
    if version == "E":  # psec has no version E
        return
    block = wrap_key(
        key, attributes, protection_key=protection(kek, version),
        version=BlockVersion(version), optional=optional,
    )  # fmt: skip
    theirs, found = tr31.unwrap(kek, block)
    assert found == key
    assert (theirs.key_usage, theirs.mode_of_use) == (attributes.usage, attributes.mode)
    assert dict(theirs.blocks) == {each.id: each.data for each in optional}


@pytest.mark.filterwarnings("ignore::cryptography.utils.CryptographyDeprecationWarning")
@given(whole(), blocks_of, st.sampled_from((None, 0)), st.booleans())
def test_we_read_what_psec_writes(
    drawn: tuple[str, bytes, KeyAttributes, bytes],
    optional: list[OptionalBlock],
    masked: int | None,
    old: bool,
) -> None:
    version, kek, attributes, key = drawn
    if version == "E":
        return
    written = {"B": "AC"[len(optional) % 2]}.get(version, version) if old else version
    header = tr31.Header(
        written, attributes.usage, attributes.algorithm.letter, attributes.mode,
        attributes.version, attributes.exportability,
    )  # fmt: skip
    for each in optional:
        header.blocks[each.id] = each.data
    block = tr31.wrap(kek, header, key, masked)
    taken = unwrap_key(block, protection_key=protection(kek, version), accept=EVERY)
    assert (taken.key, taken.attributes) == (key, attributes)
    assert taken.optional == tuple(optional)


@given(st.sampled_from([a for a in KeyAlgorithm if a.letter == "H"]), st.sampled_from("DE"))
def test_an_hmac_key_carries_its_hash(algorithm: KeyAlgorithm, version: str) -> None:
    kek = ProtectionKey(bytes(range(32)), KeyAlgorithm.AES_256)
    attributes = KeyAttributes(
        usage=KeyUsage.MAC_HMAC, algorithm=algorithm, mode=KeyMode.GENERATE_AND_VERIFY,
        exportability=Exportability.EXPORTABLE,
    )  # fmt: skip
    key = os.urandom(algorithm.octets)
    block = wrap_key(key, attributes, protection_key=kek, version=BlockVersion(version))
    taken = unwrap_key(block, protection_key=kek)
    assert (taken.key, taken.attributes) == (key, attributes)
    assert taken.optional == (OptionalBlock.hash_of(algorithm),)
