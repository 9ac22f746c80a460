"""What another shard's leaf says: proven before it gets here, and still read as a stranger's."""

from __future__ import annotations

from typing import Annotated, Any, NoReturn

import msgspec

from tallystick.ground.canonical import digest, digest_of
from tallystick.ground.errors import Refused
from tallystick.protect.corridor import read_body
from tallystick.protect.enforcement import OrderMalformed

Text = Annotated[str, msgspec.Meta(max_length=4096)]


class CrossingRefused(Refused):
    """The other shard's leaf does not say what this order needs."""

    code, clause, public_code = "crossing.refused", "13", "order.malformed"


class CreditBody(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A payment that is held on another shard: its leaf, what was signed, all its transfers."""

    leaf: Text
    signed: Text
    transfers: Annotated[list[list[Any]], msgspec.Meta(min_length=1, max_length=16)]


class ResolveBody(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The other shard's answer to a crossing of ours."""

    crossing: Annotated[str, msgspec.Meta(max_length=160)]
    leaf: Text


class HeldLeaf(msgspec.Struct, frozen=True):
    """The members of an accepted payment's leaf that a crossing goes by."""

    operation: str
    outcome: str
    device: str
    request: str
    payer: str
    payee: str
    amount_minor: Annotated[int, msgspec.Meta(gt=0)]
    currency: str
    instruction: str
    postings: str


class HeldFor(msgspec.Struct, frozen=True, kw_only=True):
    """A held payment: its leaf, for which account, how much of it, and what was signed.

    What is held is what was signed without the fee that the payee bears.
    """

    leaf: HeldLeaf
    account: str
    amount_minor: int
    signed: str


class AnswerLeaf(msgspec.Struct, frozen=True):
    """The members of the answer's leaf; of a refusal payee and amount may be null."""

    operation: str
    outcome: str
    request: str
    payee: str | None
    amount_minor: int | None


_held = msgspec.json.Decoder(HeldLeaf)
_answer = msgspec.json.Decoder(AnswerLeaf)


def read_credit(octets: bytes) -> HeldFor:
    """What another shard holds for this one. Refuses: CrossingRefused."""
    body = read_body(octets, CreditBody)
    leaf: HeldLeaf = _decode(_held, body.leaf)
    if (leaf.operation, leaf.outcome) != ("remote.pay", "accepted"):
        _refuse("not an accepted payment")
    if leaf.postings != digest_of(body.transfers):
        _refuse("these are not the transfers of the leaf")
    if leaf.instruction != digest(body.signed.encode()):
        _refuse("this is not what was signed")
    name, kind, debit, credit, *rest = body.transfers[0]
    stated = [f"{leaf.device}.{leaf.request}", "hold", leaf.payer]
    if [name, kind, debit] != stated or rest[1:] != [leaf.operation, None]:
        _refuse("the money is not on hold")
    minor = rest[0]
    if type(minor) is not int or not 0 < minor <= leaf.amount_minor:
        _refuse("more is on hold than was signed, or nothing")
    return HeldFor(leaf=leaf, account=str(credit), amount_minor=minor, signed=body.signed)


def read_resolve(octets: bytes) -> tuple[str, AnswerLeaf]:
    """The crossing that is answered, and the answer. Refuses: CrossingRefused."""
    body = read_body(octets, ResolveBody)
    leaf: AnswerLeaf = _decode(_answer, body.leaf)
    if leaf.operation != "shard.credit":
        _refuse("not the answer to a crossing")
    return body.crossing, leaf


def _decode(decoder: msgspec.json.Decoder[Any], text: str) -> Any:
    try:
        return decoder.decode(text)
    except (msgspec.DecodeError, RecursionError):
        raise OrderMalformed("the leaf is not as it must be") from None


def _refuse(why: str) -> NoReturn:
    raise CrossingRefused(why)
