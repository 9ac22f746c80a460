"""QR codes: only what the provider signed is paid."""

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from tallystick.handset import QrRefused
from tallystick.handset.qr import read_code
from tests.rooms.handset.shapes import b64, emv, finish_code, signed_code

KEY = Ed25519PrivateKey.generate()
RAW = KEY.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
CODE = signed_code(KEY, account="a-2", name="Mama Njeri Shop")
SIGNED = CODE[:-111]  # without template 80 (103 characters) and checksum (8)
TEMPLATE = CODE[-111:-8]


def signed(text, tail=""):
    signature = b64(KEY.sign(b"tallystick-qr\n" + text.encode()))
    return finish_code(text + emv("80", emv("00", "tally") + emv("01", signature)) + tail)


def refused(text):
    with pytest.raises(QrRefused):
        read_code(text, qr_key=RAW)


def test_a_signed_code_says_whom_it_pays():
    code = read_code(CODE, qr_key=RAW)
    assert (code.account, code.name, code.city) == ("a-2", "Mama Njeri Shop", "Nairobi")
    assert (code.country, code.currency) == ("KE", "KES")
    assert len(TEMPLATE) == 4 + 99  # as much as a template can hold
    assert signed(SIGNED) == CODE


def test_a_wrong_checksum_is_refused():
    wrong = "0000" if CODE[-4:] != "0000" else "0001"
    refused(CODE[:-4] + wrong)
    refused(CODE[:-4] + CODE[-4:].lower() if CODE[-4:] != CODE[-4:].lower() else CODE[:-4])
    refused(CODE.replace("Njeri", "Njari"))


def test_a_swapped_payee_is_refused_even_with_a_right_checksum():
    swapped = SIGNED.replace(emv("01", "a-2"), emv("01", "a-6"))
    assert swapped != SIGNED
    refused(finish_code(swapped + TEMPLATE))
    renamed = SIGNED.replace("Mama Njeri Shop", "Papa Njeri Shop")
    refused(finish_code(renamed + TEMPLATE))


def test_a_missing_signature_is_refused():
    refused(finish_code(SIGNED))
    refused(finish_code(SIGNED + emv("80", emv("00", "tally"))))
    refused(finish_code(SIGNED + emv("80", emv("00", "tally") + emv("01", ""))))
    refused(finish_code(SIGNED + emv("80", emv("00", "telly") + TEMPLATE[13:])))


def test_a_signature_of_somebody_else_is_refused():
    refused(signed_code(Ed25519PrivateKey.generate(), account="a-2", name="Mama Njeri Shop"))
    wrong = KEY.sign(SIGNED.encode())
    refused(signed_code(KEY, account="a-2", name="Mama Njeri Shop", signature=wrong))


@pytest.mark.parametrize(
    "text",
    [
        SIGNED.replace(emv("01", "11"), emv("01", "12")),
        SIGNED.replace(emv("00", "01"), emv("00", "02"), 1),
        SIGNED.replace(emv("52", "0000"), emv("52", "5411")),
        SIGNED.replace(emv("53", "404"), emv("53", "999")),
        SIGNED.replace(emv("58", "KE"), emv("58", "ke")),
        SIGNED.replace(emv("58", "KE"), emv("58", "KEN")),
        SIGNED.replace("Mama Njeri Shop", "Mama Njeri Shup")[:-11],
        SIGNED.replace(emv("59", "Mama Njeri Shop"), emv("59", "x" * 26)),
        SIGNED.replace(emv("59", "Mama Njeri Shop"), emv("59", "")),
        SIGNED.replace(emv("60", "Nairobi"), emv("60", "x" * 16)),
        SIGNED.replace("tallystick", "tallystack"),
        SIGNED.replace(emv("01", "a-2"), emv("01", "A-2")),
        SIGNED + emv("54", "10.00"),
        SIGNED + emv("60", "Mombasa"),
        SIGNED[:6] + emv("58", "KE") + SIGNED[6:].replace(emv("58", "KE"), ""),
    ],
)
def test_a_signed_code_of_another_layout_is_refused(text):
    refused(signed(text))


def test_nothing_stands_between_signature_and_checksum():
    refused(signed(SIGNED, tail=emv("54", "10.00")))
    refused(signed(SIGNED, tail=TEMPLATE))


@pytest.mark.parametrize("text", ["", "6304", "63041D0F", "x" * 600, CODE + "\n", CODE + "é"])
def test_other_text_is_refused(text):
    refused(text)
