"""Attacks on the code at the counter: another payee under the merchant's name."""

from __future__ import annotations

from functools import partial

from tallystick.crypto.mechanisms import SigningKey
from tallystick.ground.identifiers import to_base64url
from tallystick.handset import Handset, HandsetRefused, Order, qr
from tallystick.trials import forging
from tallystick.trials.bout import Bout
from tallystick.trials.cast import Player
from tallystick.trials.result import CannotRun

OPERATION, MISMATCH = "merchant.pay", "payee.mismatch"
REFUSED, UNSIGNED = "code.refused", "code.refused signature.refused"
SIGNED = b"tallystick-qr\n"


def swap_code(bout: Bout) -> None:
    """A merchant's code carries another payee: re-written, re-signed, unsigned, mixed up."""
    if not bout.cast.offers(OPERATION):
        raise CannotRun("the service has no merchants' codes")
    payer = bout.cast.payer()
    merchant, mallory = (bout.cast.payee(OPERATION) for _ in range(2))
    unit = bout.cast.unit_minor
    paid = bout.cast.order(payer, merchant, unit, operation=OPERATION)
    bout.control(payer.handset.send(paid))
    with bout.unmoved(payer, merchant, mallory):
        for what, code, payee, why in _forged(merchant, mallory):
            order = _order(bout, payer, payee, code)
            bout.holds(f"the handset reads {what}", expected="qr.refused",
                       seen=_read(payer.handset, code))  # fmt: skip
            bout.refused(what, partial(forging.post_order, payer.handset, order),
                         outside=MISMATCH, inside=why)  # fmt: skip
        for what, genuine, payee in (
            ("a good code, another payee signed", merchant, mallory),
            ("another's good code, this payee signed", mallory, merchant),
        ):
            order = _order(bout, payer, payee, str(genuine.qr))
            bout.refused(what, partial(forging.post_order, payer.handset, order),
                         outside=MISMATCH, inside=MISMATCH)  # fmt: skip


def _order(bout: Bout, payer: Player, payee: Player, code: str) -> Order:
    """An order as a handset signs it that believed the code."""
    unit = bout.cast.unit_minor
    return forging.altered(bout.cast.order(payer, payee, unit, operation=OPERATION), qr=code)


def _forged(merchant: Player, mallory: Player) -> list[tuple[str, str, Player, str]]:
    """What, the code's text, whom a handset would pay that believed it, the reason inside."""
    good = dict(qr.read_fields(str(merchant.qr)))
    swapped = good | {"26": _account(mallory), "59": mallory.name}
    unsigned = {tag: value for tag, value in swapped.items() if tag != "80"}
    foreign = _text({tag: value for tag, value in unsigned.items() if tag != "63"})
    signature = to_base64url(SigningKey.generate().sign(SIGNED + foreign.encode("ascii")))
    signed = unsigned | {"80": f"0005tally01{len(signature):02d}{signature}"}
    order = list(good)
    doubled = str(merchant.qr)[:-8] + _text({"26": _account(mallory)})
    account = good | {"26": _account(mallory)}
    name = good | {"59": mallory.name}
    wrong = str(merchant.qr)[:-4] + "0000"
    return [
        ("a code with the payee swapped", _closed(swapped, order), mallory, UNSIGNED),
        ("a code with the account swapped", _closed(account, order), mallory, UNSIGNED),
        ("a code with the name swapped", _closed(name, order), merchant, UNSIGNED),
        ("a code signed by somebody else", _closed(signed, order), mallory, UNSIGNED),
        ("a code without a signature", _closed(unsigned, order), mallory, REFUSED),
        ("a code with a second account", doubled + _ending(doubled), mallory, REFUSED),
        ("a code with a wrong checksum", wrong, merchant, REFUSED),
        ("nothing", "", merchant, REFUSED),
    ]


def _account(player: Player) -> str:
    return f"0010tallystick01{len(player.account):02d}{player.account}"


def _text(fields: dict[str, str]) -> str:
    return "".join(f"{tag}{len(value):02d}{value}" for tag, value in fields.items())


def _closed(fields: dict[str, str], order: list[str]) -> str:
    """The code's text in the provider's order, under a checksum that holds."""
    text = _text({tag: fields[tag] for tag in order if tag in fields and tag != "63"})
    return text + _ending(text)


def _ending(text: str) -> str:
    return f"6304{qr.checksum(text + '6304')}"


def _read(handset: Handset, code: str) -> str:
    try:
        qr.read_code(code, qr_key=handset.service().qr_key)
    except HandsetRefused as refusal:
        return refusal.code
    return "read"
