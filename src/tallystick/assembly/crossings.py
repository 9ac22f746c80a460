"""Crossings between shards: each half is a receipt, and the other shard proves it before it acts.

No coordinator: the payer's shard holds and shows its receipt, the payee's shard credits or refuses
and answers with its own receipt, the payer's shard posts or voids. Each step is idempotent under an
id that follows from the step before, so whoever died in between asks again.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated, Any

import msgspec

from tallystick.assembly.shards import Peer, Shards
from tallystick.ground.identifiers import (
    DeviceId,
    NotAnIdentifier,
    RequestId,
    from_base64url,
    to_base64url,
)
from tallystick.protect.corridor import Desk, ExternalOrder, Partners, Pending
from tallystick.protect.crossing import CrossingRefused
from tallystick.protect.enforcement import Committed
from tallystick.protect.shards import (
    CROSSINGS,
    UNDER_WAY,
    UNDER_WAY_KEY,
    Crossing,
    crossing_request,
    shard_device,
)
from tallystick.prove.evidence import (
    NoteRefused,
    ProofRefused,
    verify_inclusion,
    verify_note,
)

_HASHES_MAX = 64
_TEXT_MAX = 8192


class Half(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One shard's receipt as it goes to the other; `signed` and `transfers` with a hold alone."""

    leaf: Annotated[str, msgspec.Meta(max_length=_TEXT_MAX)]
    index: Annotated[int, msgspec.Meta(ge=0)]
    size: Annotated[int, msgspec.Meta(ge=1)]
    path: Annotated[list[str], msgspec.Meta(max_length=_HASHES_MAX)]
    checkpoint: Annotated[str, msgspec.Meta(max_length=_TEXT_MAX)]
    signed: Annotated[str, msgspec.Meta(max_length=_TEXT_MAX)] = ""
    transfers: Annotated[list[list[Any]], msgspec.Meta(max_length=16)] = []


_UNPROVEN = (msgspec.DecodeError, RecursionError, NoteRefused, ProofRefused, NotAnIdentifier)
_halves = msgspec.json.Decoder(Half)


class Crossings:
    """What the link between shards asks of one platform. Call it from the deciding thread."""

    def __init__(self, desk: Desk, partners: Partners, shards: Shards) -> None:
        self._desk, self._partners, self.shards = desk, partners, shards

    def under_way(self) -> list[Crossing]:
        """What is held here and not resolved yet, oldest first."""
        get = self._desk.registers.get
        names = get(UNDER_WAY, UNDER_WAY_KEY) or []
        return [crossing for name in names if (crossing := get(CROSSINGS, name)) is not None]

    def halves(self, crossings: Sequence[Crossing]) -> list[tuple[Crossing, bytes]]:
        """Our halves of crossings, for their shard; those that are not committed are left out."""
        asked = [(crossing.device, crossing.request) for crossing in crossings]
        recorded = self._desk.books.recorded(asked)
        return [
            (crossing, _half(crossing, found.committed))
            for crossing, found in zip(crossings, recorded, strict=True)
            if found is not None
        ]

    def credit(self, number: int, octets: bytes) -> Pending:
        """Decide another shard's half. Refuses: CrossingRefused when its proof does not hold."""
        half = self._proven(number, octets)
        body = {"leaf": half.leaf, "signed": half.signed, "transfers": half.transfers}
        return self._decide(number, "shard.credit", half, body)

    def resolve(self, crossing: Crossing, octets: bytes) -> Pending:
        """Decide what the other shard answered to our half. Refuses: CrossingRefused.

        A resolution that was refused (a check could not be made) is asked for anew under the next
        id: the crossing itself is resolved once, and its money must not stay on hold for good.
        """
        half = self._proven(crossing.shard, octets)
        body = {"crossing": crossing.id, "leaf": half.leaf}
        request, device = crossing_request(half.leaf.encode()), shard_device(crossing.shard)
        while self._refused(device, request):
            request = crossing_request(request.encode())
        return self._decide(crossing.shard, "shard.resolve", half, body, request=request)

    def answer(self, committed: Committed) -> bytes:
        """Our receipt of a decided half, for the shard that sent it."""
        return _encode(committed, signed="", transfers=[])

    def _decide(
        self,
        number: int,
        operation: str,
        half: Half,
        body: Mapping[str, object],
        *,
        request: RequestId | None = None,
    ) -> Pending:
        order = ExternalOrder(
            partner=shard_device(number),
            request=request or crossing_request(half.leaf.encode()),
            operation=operation,
            body=msgspec.json.encode(body),
            authenticated={"how": "evidence", "index": half.index, "size": half.size},
        )
        return self._partners.decide(order)

    def _refused(self, device: DeviceId, request: RequestId) -> bool:
        recorded = self._partners.outcome(device, request)
        if recorded is None:
            return False
        return bool(msgspec.json.decode(recorded.committed.leaf)["outcome"] != "accepted")

    def _proven(self, number: int, octets: bytes) -> Half:
        """Read a half that stands in the log of the shard that it is said to come from."""
        peer = self._peer(number)
        try:
            half = _halves.decode(octets)
            head = verify_note(half.checkpoint, peer.checkpoint)
            if head.size != half.size:
                raise CrossingRefused("the checkpoint is of another size")
            verify_inclusion(
                leaf=half.leaf.encode(),
                index=half.index,
                size=half.size,
                path=tuple(from_base64url(node) for node in half.path),
                root=head.root,
            )
        except _UNPROVEN as wrong:
            raise CrossingRefused("the half does not prove itself") from wrong
        return half

    def _peer(self, number: int) -> Peer:
        peer = self.shards.peers.get(number)
        if peer is None:
            raise CrossingRefused("no such shard")
        return peer


def _half(crossing: Crossing, committed: Committed) -> bytes:
    transfers = msgspec.json.decode(crossing.transfers)
    return _encode(committed, signed=crossing.signed, transfers=transfers)


def _encode(committed: Committed, *, signed: str, transfers: list[list[Any]]) -> bytes:
    return msgspec.json.encode(
        Half(
            leaf=committed.leaf.decode(),
            index=committed.index,
            size=committed.size,
            path=[to_base64url(node) for node in committed.path],
            checkpoint=committed.checkpoint,
            signed=signed,
            transfers=transfers,
        )
    )
