"""What both modules promise: the one in this process and the one in its own."""

from __future__ import annotations

import pickle
import threading
import traceback
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tallystick.crypto.envelopes import EnvelopeRefused, seal
from tallystick.crypto.mechanisms import (
    AgreementKey,
    ed25519_verify,
    hmac_sha256,
    public_key_from_jwk,
    thumbprint,
)
from tallystick.crypto.modules import (
    STATEMENT_PREFIX,
    CryptoModule,
    ModuleUnavailable,
    PinNotVerified,
    PurposeRefused,
    SoftwareModule,
)
from tallystick.crypto.modules.pin import read_pin_field, reference_pin
from tallystick.ground.errors import Defect
from tallystick.ground.limits import MESSAGE_MAX
from tallystick.ground.secret import Secret
from tests.rooms.crypto.made import (
    BINDING,
    CHECKPOINT,
    DUMMY_REFERENCE,
    MESSAGE_TYP,
    STATEMENT,
    message_key,
    pin_field,
    sealed_message,
    sealed_pin,
)

OTHER_BINDING = bytes(32)


def _reference(module: CryptoModule, digits: str, customer: str = "c-1") -> bytes:
    sealed = sealed_pin(module, pin_field(digits))
    return module.establish_pin(sealed=sealed, binding=BINDING, customer=customer, digits_min=4)


def _verify(module: CryptoModule, sealed: str, reference: bytes, customer: str = "c-1") -> None:
    module.verify_pin(sealed=sealed, binding=BINDING, customer=customer, reference=reference)


def test_the_public_half_says_what_it_is(module: CryptoModule) -> None:
    public = module.public()
    assert public.level == "software"
    assert public.module.startswith("software:")
    assert thumbprint(public.message) != thumbprint(public.pin)
    assert len({public.qr, public.checkpoint, public.certificate}) == 3
    assert {len(public.qr), len(public.checkpoint), len(public.certificate)} == {32}


# ---- messages ----------------------------------------------------------------------------------


@pytest.mark.parametrize("typ", [MESSAGE_TYP, "tallystick-enrolment+jwe"])
def test_a_sealed_message_is_opened(module: CryptoModule, typ: str) -> None:
    token = sealed_message(module, b"inner", typ=typ)
    assert module.open_message(token, typ=typ) == b"inner"


def test_the_largest_message_is_opened(module: CryptoModule) -> None:
    token = sealed_message(module, b"x" * 11_800)
    assert MESSAGE_MAX - 400 < len(token) <= MESSAGE_MAX
    assert module.open_message(token, typ=MESSAGE_TYP) == b"x" * 11_800


def test_messages_that_are_not_ours_are_refused(module: CryptoModule) -> None:
    key = message_key(module)
    pin_key = public_key_from_jwk(module.public().pin)
    stranger = AgreementKey.generate().public
    tokens = [
        "",
        "\ud800",
        "\u00e9",
        "A" * (MESSAGE_MAX + 1),
        "." * MESSAGE_MAX,
        sealed_message(module, b"", typ="tallystick-enrolment+jwe"),
        seal(b"", to=key, kid=key.thumbprint, typ=MESSAGE_TYP),
        seal(b"", to=key, kid=pin_key.thumbprint, typ=MESSAGE_TYP, cty="JWT"),
        seal(b"", to=pin_key, kid=pin_key.thumbprint, typ=MESSAGE_TYP, cty="JWT"),
        seal(b"", to=pin_key, kid=key.thumbprint, typ=MESSAGE_TYP, cty="JWT"),
        seal(b"", to=stranger, kid=key.thumbprint, typ=MESSAGE_TYP, cty="JWT"),
    ]
    for token in tokens:
        with pytest.raises(EnvelopeRefused) as refusal:
            module.open_message(token, typ=MESSAGE_TYP)
        assert str(refusal.value) == "the envelope was refused"
    assert module.open_message(sealed_message(module, b"still"), typ=MESSAGE_TYP) == b"still"


def test_the_message_key_opens_no_pins(module: CryptoModule) -> None:
    key = message_key(module)
    token = seal(b"", to=key, kid=key.thumbprint, typ="tallystick-pin+jwe")
    with pytest.raises(Defect):
        module.open_message(token, typ="tallystick-pin+jwe")


# ---- PINs --------------------------------------------------------------------------------------


@pytest.mark.parametrize("digits", ["0000", "1234", "123456", "999999999999"])
def test_the_customers_pin_is_verified(module: CryptoModule, digits: str) -> None:
    reference = _reference(module, digits)
    assert len(reference) == 32
    _verify(module, sealed_pin(module, pin_field(digits)), reference)


def test_a_reference_belongs_to_one_customer_one_pin_and_one_module(module: CryptoModule) -> None:
    references = {
        _reference(module, "1234"),
        _reference(module, "1235"),
        _reference(module, "12340"),
        _reference(module, "1234", "c-2"),
        _reference(module, "1234", "c-11"),
        _reference(SoftwareModule.generate(), "1234"),
    }
    assert len(references) == 6
    assert _reference(module, "1234") in references


def test_a_reference_is_the_mac_of_the_wire() -> None:
    key = Secret(bytes(range(32)))
    expected = hmac_sha256(key, b"tallystick-reference-pin\x00\x00\x00\x03c-11234")
    assert reference_pin(b"1234", customer="c-1", key=key) == expected


NOT_FIELDS = [
    "241234fffffffff0",
    "241234ffffffff0f",
    "24123fffffffffff",
    "2412345fffffffff",
    "23123fffffffffff",
    "2d12345678901234",
    "2f12345678901234",
    "2012340fffffffff",
    "20ffffffffffffff",
    "24123affffffffff",
    "24f234ffffffffff",
    "041234ffffffffff",
    "141234ffffffffff",
    "341234ffffffffff",
    "441234aaaaaaaaaa",
    "0000000000000000",
    "ffffffffffffffff",
]


def _bad_pins(module: CryptoModule) -> list[tuple[str, str]]:
    """Every way in which a PIN can fail, with the reason that only the fact is told."""
    key, message = public_key_from_jwk(module.public().pin), message_key(module)
    good, kid = pin_field("1234") + BINDING, key.thumbprint
    typ = "tallystick-pin+jwe"
    spoilt = sealed_pin(module, pin_field("1234"))
    return [
        ("digits", sealed_pin(module, pin_field("1235"))),
        ("digits", sealed_pin(module, pin_field("12345"))),
        ("binding", sealed_pin(module, pin_field("1234"), binding=OTHER_BINDING)),
        ("binding", sealed_pin(module, pin_field("9999"), binding=OTHER_BINDING)),
        *(("field", sealed_pin(module, bytes.fromhex(field))) for field in NOT_FIELDS),
        ("field", seal(good[:-1], to=key, kid=kid, typ=typ)),
        ("field", seal(good + b"\0", to=key, kid=kid, typ=typ)),
        ("field", seal(b"", to=key, kid=kid, typ=typ)),
        ("envelope", seal(good, to=key, kid=message.thumbprint, typ=typ)),
        ("envelope", seal(good, to=message, kid=message.thumbprint, typ=typ)),
        ("envelope", seal(good, to=AgreementKey.generate().public, kid=kid, typ=typ)),
        ("envelope", seal(good, to=key, kid=kid, typ=MESSAGE_TYP)),
        ("envelope", seal(good, to=key, kid=kid, typ=typ, cty="JWT")),
        ("envelope", spoilt[:-1] + ("A" if spoilt[-1] != "A" else "Q")),
        ("envelope", seal(good + bytes(1000), to=key, kid=kid, typ=typ)),
        ("envelope", ""),
        ("envelope", "\u0661\u0662\u0663\u0664"),
        ("envelope", "\ud800"),
    ]


def test_every_pin_failure_is_one_answer(module: CryptoModule) -> None:
    reference = _reference(module, "1234")
    for reason, sealed in _bad_pins(module):
        with pytest.raises(PinNotVerified) as refusal:
            _verify(module, sealed, reference)
        assert type(refusal.value) is PinNotVerified
        assert str(refusal.value) == "PIN verification failed"
        assert refusal.value.outside == "customer.not_verified"
        assert refusal.value.reason == reason


def test_a_pin_is_not_established_from_what_would_not_verify(module: CryptoModule) -> None:
    for reason, sealed in _bad_pins(module):
        if reason == "digits":
            continue
        with pytest.raises(PinNotVerified) as refusal:
            module.establish_pin(sealed=sealed, binding=BINDING, customer="c-1", digits_min=4)
        assert refusal.value.reason == reason


def test_a_short_pin_is_not_established(module: CryptoModule) -> None:
    with pytest.raises(PinNotVerified) as refusal:
        module.establish_pin(
            sealed=sealed_pin(module, pin_field("12345")),
            binding=BINDING,
            customer="c-1",
            digits_min=6,
        )
    assert refusal.value.reason == "length"


def test_no_refusal_tells_a_pin(module: CryptoModule) -> None:
    reference = _reference(module, "193746")
    for reason, sealed in [
        ("digits", sealed_pin(module, pin_field("918273"))),
        ("binding", sealed_pin(module, pin_field("193746"), binding=OTHER_BINDING)),
    ]:
        with pytest.raises(PinNotVerified) as refusal:
            _verify(module, sealed, reference)
        told = "".join(traceback.format_exception(refusal.value)) + repr(vars(refusal.value))
        assert reason in told
        assert "918273" not in told
        assert "193746" not in told
        assert reference.hex() not in told


@pytest.mark.parametrize("reference", [DUMMY_REFERENCE, b"", b"\0", bytes(64)])
def test_another_reference_is_refused(module: CryptoModule, reference: bytes) -> None:
    with pytest.raises(PinNotVerified):
        _verify(module, sealed_pin(module, pin_field("1234")), reference)


def test_another_customers_reference_is_refused(module: CryptoModule) -> None:
    reference = _reference(module, "1234", "c-2")
    with pytest.raises(PinNotVerified):
        _verify(module, sealed_pin(module, pin_field("1234")), reference)


@pytest.mark.parametrize(
    ("binding", "customer"),
    [(b"", "c"), (bytes(31), "c"), (bytes(33), "c"), (BINDING, ""), (BINDING, "c" * 257)],
)
def test_a_malformed_call_is_our_own_mistake_and_costs_nothing(
    module: CryptoModule, binding: bytes, customer: str
) -> None:
    call: dict[str, Any] = {"sealed": "x", "binding": binding, "customer": customer}
    with pytest.raises(Defect):
        module.verify_pin(**call, reference=DUMMY_REFERENCE)
    with pytest.raises(Defect):
        module.establish_pin(**call, digits_min=4)
    with pytest.raises(Defect):
        module.verify_pin(sealed="x", binding=BINDING, customer="\ud800", reference=DUMMY_REFERENCE)
    assert len(_reference(module, "1234")) == 32


@given(st.text("0123456789", min_size=4, max_size=12))
def test_a_field_holds_its_digits(digits: str) -> None:
    assert read_pin_field(pin_field(digits)) == digits.encode()


@given(st.binary(min_size=8, max_size=8))
def test_a_field_has_one_spelling(field: bytes) -> None:
    digits = read_pin_field(field)
    assert digits is None or pin_field(digits.decode()) == field


# ---- signatures --------------------------------------------------------------------------------


def test_each_purpose_has_its_key(module: CryptoModule) -> None:
    public = module.public()
    signed: list[tuple[Any, bytes, bytes]] = [
        ("checkpoint", CHECKPOINT, public.checkpoint),
        ("checkpoint", CHECKPOINT + b"an extension\n", public.checkpoint),
        ("statement", STATEMENT, public.checkpoint),
        ("qr", b"000201...", public.qr),
        ("certificate", b"anything", public.certificate),
        ("certificate", b"x" * 64 * 1024, public.certificate),
    ]
    for purpose, octets, key in signed:
        ed25519_verify(key, octets, module.sign(purpose=purpose, octets=octets))


NOT_OF_THE_PURPOSE = [
    ("statement", b""),
    ("statement", b"{}"),
    ("statement", STATEMENT_PREFIX),
    ("statement", b"tallystick-statement {}"),
    ("statement", b"x" + STATEMENT),
    ("statement", CHECKPOINT),
    ("checkpoint", b""),
    ("checkpoint", STATEMENT),
    ("checkpoint", STATEMENT_PREFIX + b"7\n" + b"A" * 43 + b"=\n"),
    ("checkpoint", CHECKPOINT[:-1]),
    ("checkpoint", CHECKPOINT + b"\n"),
    ("checkpoint", CHECKPOINT + b"no line feed"),
    ("checkpoint", b"origin\n-1\n" + b"A" * 43 + b"=\n"),
    ("checkpoint", b"origin\n07\n" + b"A" * 43 + b"=\n"),
    ("checkpoint", b"origin\n7\n" + b"A" * 44 + b"\n"),
    ("checkpoint", b"\n7\n" + b"A" * 43 + b"=\n"),
    ("qr", b"x" * (64 * 1024 + 1)),
    ("message", b"x"),
    ("pin", b"x"),
    ("pin-verification", b"x"),
    ("", b"x"),
]


@pytest.mark.parametrize(
    ("purpose", "octets"), NOT_OF_THE_PURPOSE, ids=range(len(NOT_OF_THE_PURPOSE))
)
def test_a_key_signs_for_its_one_purpose(module: CryptoModule, purpose: Any, octets: bytes) -> None:
    with pytest.raises(PurposeRefused) as refusal:
        module.sign(purpose=purpose, octets=octets)
    assert str(refusal.value) == "a key signs for its one purpose only"


# ---- the module itself -------------------------------------------------------------------------


def test_calls_come_from_several_threads(module: CryptoModule) -> None:
    wrong: list[int] = []

    def work(number: int) -> None:
        for turn in range(20):
            plaintext = f"{number}.{turn}".encode()
            if module.open_message(sealed_message(module, plaintext), typ=MESSAGE_TYP) != plaintext:
                wrong.append(number)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []


def test_a_module_is_neither_shown_nor_serialised(module: CryptoModule) -> None:
    assert module.public().module in repr(module)
    with pytest.raises(Defect):
        pickle.dumps(module)


def test_refusals_survive_a_pickle_and_keep_their_reason() -> None:
    for refusal in (PinNotVerified("binding"), PurposeRefused("qr")):
        again = pickle.loads(pickle.dumps(refusal))  # noqa: S301
        assert (type(again), again.reason) == (type(refusal), refusal.reason)


def test_a_closed_module_does_nothing() -> None:
    module = SoftwareModule.generate()
    sealed = sealed_pin(module, pin_field("1234"))
    token = sealed_message(module, b"")
    module.close()
    module.close()
    with pytest.raises(ModuleUnavailable):
        module.open_message(token, typ=MESSAGE_TYP)
    with pytest.raises(ModuleUnavailable):
        _verify(module, sealed, DUMMY_REFERENCE)
    with pytest.raises(ModuleUnavailable):
        module.sign(purpose="qr", octets=b"")
    assert module.public().level == "software"
