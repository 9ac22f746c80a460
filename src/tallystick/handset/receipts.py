"""Receipts: an answer is believed when its leaf is in the signed log and says what was asked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import msgspec

from tallystick.ground.canonical import canonical_json
from tallystick.ground.limits import HTTP_BODY_MAX
from tallystick.handset.answers import check_data
from tallystick.handset.errors import Malformed, ReceiptRefused, refusing
from tallystick.handset.jose import open_sealed
from tallystick.handset.keys import DeviceKey
from tallystick.handset.notes import Checkpoint, VerifierKey, read_checkpoint
from tallystick.handset.orders import Order
from tallystick.handset.reading import Strict, Whole, read_json, read_octets
from tallystick.handset.trees import check_inclusion

ANSWER = "tallystick-answer+jwe"
_PATH_MAX = 63


class _Inclusion(Strict):
    index: Whole
    size: Whole
    path: list[str]


class _Plaintext(Strict):
    receipt: str
    inclusion: _Inclusion
    checkpoint: str
    data: dict[str, object] | None


class _Leaf(Strict):
    v: Literal[2]
    request: str
    operation: str
    outcome: Literal["accepted", "refused"]
    code: str
    device: str | None
    payer: str | None
    payee: str | None
    amount_minor: Whole | None
    currency: str | None
    instruction: str | None
    fee_minor: Whole | None
    postings: str | None
    at_ms: Whole
    policy: str
    tally: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """An answer whose proof holds. Keep `receipt`, `path` and `note` to prove it to anybody."""

    outcome: Literal["accepted", "refused"]
    code: str
    data: Mapping[str, object] | None
    leaf: Mapping[str, object]
    index: int
    receipt: bytes
    """The leaf's octets."""
    path: tuple[bytes, ...]
    note: str
    checkpoint: Checkpoint

    @property
    def accepted(self) -> bool:
        return self.outcome == "accepted"


def open_answer(body: bytes, *, key: DeviceKey) -> bytes:
    """Open a sealed answer with the agreement key. Refuses: ReceiptRefused."""
    with refusing(ReceiptRefused, "answer"):
        if len(body) > HTTP_BODY_MAX:
            raise Malformed("too long")
        try:
            token = body.decode("ascii")
        except UnicodeDecodeError:
            raise Malformed("not a compact JWE") from None
        return open_sealed(token, key=key, typ=ANSWER)


def read_answer(plaintext: bytes, *, verifier: VerifierKey) -> Answer:
    """Read an opened answer; its leaf must be in the signed log. Refuses: ReceiptRefused."""
    with refusing(ReceiptRefused, "receipt"):
        said = read_json(plaintext, _Plaintext)
        checkpoint = read_checkpoint(said.checkpoint, verifier=verifier)
        leaf_octets = read_octets(said.receipt)
        place = said.inclusion
        path = read_path(place.path)
        if place.size != checkpoint.size:
            raise Malformed("the path is not of the checkpoint's size")
        check_inclusion(
            leaf=leaf_octets,
            index=place.index,
            size=place.size,
            path=path,
            root=checkpoint.root,
        )
        leaf = _read_leaf(leaf_octets)
        data = check_data(said.data, operation=leaf.operation, outcome=leaf.outcome)
    return Answer(
        outcome=leaf.outcome,
        code=leaf.code,
        data=data,
        leaf=msgspec.structs.asdict(leaf),
        index=place.index,
        receipt=leaf_octets,
        path=path,
        note=said.checkpoint,
        checkpoint=checkpoint,
    )


def read_path(texts: list[str]) -> tuple[bytes, ...]:
    """The hashes of an inclusion or consistency path. Refuses: Malformed."""
    path = tuple(read_octets(text) for text in texts)
    if len(path) > _PATH_MAX * 2 or any(len(node) != 32 for node in path):
        raise Malformed("not a path of 32-octet hashes")
    return path


def check_asked(
    answer: Answer,
    order: Order,
    *,
    device: object,
    expected: Mapping[str, str | int | None],
) -> None:
    """Check that the leaf says what was asked. Refuses: ReceiptRefused, naming the member.

    `expected` holds what else follows from the order; where the order was refused a member of it
    may be null.
    """
    always = {"request": order.request, "operation": order.operation, "device": device}
    for member, wanted in always.items():
        if answer.leaf[member] != wanted:
            raise ReceiptRefused(f"the receipt is for another {member}")
    for member, said in expected.items():
        found = answer.leaf[member]
        if found != said and (answer.accepted or found is not None):
            raise ReceiptRefused(f"the receipt says another {member}")


def _read_leaf(octets: bytes) -> _Leaf:
    leaf = read_json(octets, _Leaf)
    if canonical_json(msgspec.structs.asdict(leaf)) != octets:
        raise Malformed("the leaf is not canonical")
    if (leaf.outcome == "accepted") != (leaf.code == "ok"):
        raise Malformed("outcome and code contradict each other")
    return leaf
