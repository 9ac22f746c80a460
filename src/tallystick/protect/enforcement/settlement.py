"""What the corridor decided, as one value: it is committed whole or not at all."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Generic, TypeVar

from tallystick.ground.canonical import digest, digest_of
from tallystick.ground.errors import Defect
from tallystick.ground.identifiers import AccountId, DeviceId, RequestId

T = TypeVar("T")

RECORD = "record:"
"""How the names of records begin in the detail of a fact."""
FLOOR_NONE = -(2**53 - 1)
CAP_NONE = 2**53 - 1


class TransferKind(StrEnum):
    """How a transfer touches its two accounts."""

    MOVE = "move"
    HOLD = "hold"
    POST = "post"
    VOID = "void"
    EXPIRE = "expire"


@dataclass(frozen=True, slots=True, kw_only=True)
class Transfer:
    """Money from one account to another, or the hold, post or void of it.

    `id` is unique for ever. `pending` names the hold that a POST, VOID or EXPIRE resolves, at most
    once. A POST may take less than its hold: `reserved_minor` then says what the hold was, and the
    rest is free again. `expires_ms` is of a HOLD alone: from then on it cannot be posted, and the
    clock gives it back (EXPIRE). `purpose` is the operation that asked for it.
    """

    id: str
    kind: TransferKind
    debit: AccountId
    credit: AccountId
    amount_minor: int
    purpose: str
    pending: str | None = None
    reserved_minor: int | None = None
    expires_ms: int | None = None


def postings_digest(transfers: Sequence[Transfer]) -> str | None:
    """What a leaf says of all transfers of its order, in their order; None when there are none."""
    if not transfers:
        return None
    return digest_of([posting(t) for t in transfers])


def posting(t: Transfer) -> list[object]:
    """A transfer as the digest of an order's postings spells it."""
    members: list[object] = [
        t.id, str(t.kind), t.debit, t.credit, t.amount_minor, t.purpose, t.pending,
    ]  # fmt: skip
    if t.reserved_minor not in (None, t.amount_minor):
        members.append({"reserved_minor": t.reserved_minor})
    if t.expires_ms is not None:
        members.append({"expires_ms": t.expires_ms})
    return members


@dataclass(frozen=True, slots=True, kw_only=True)
class Instruction:
    """What a customer signed and what it caused: kept beside the transfers that it asked for.

    `digest` is the leaf's `instruction`; `signed` are the octets that the signature stands for and
    `signature` is the P1363 ES256 signature by the signature key of `device`, in base64url.
    """

    digest: str
    device: DeviceId
    signed: bytes
    signature: str


@dataclass(frozen=True, slots=True, kw_only=True)
class NewAccount:
    """An account to open. Floor and cap bound credit minus debit, holds included."""

    id: AccountId
    owner: str
    currency: str
    floor: int = 0
    cap: int = CAP_NONE


@dataclass(frozen=True, slots=True)
class Register(Generic[T]):
    """A named set of records, one per key, and how a record becomes octets and back.

    `proven`: the evidence says what each record reads, so that an edited one is found. Counters and
    burnt challenges are not: they are also written where nothing is answered.
    """

    name: str
    encode: Callable[[T], bytes]
    decode: Callable[[bytes], T]
    proven: bool = True


@dataclass(frozen=True, slots=True)
class Mark(Generic[T]):
    """One record as it shall stand after the commit."""

    register: Register[T]
    key: str
    value: T
    _octets: list[bytes] = field(default_factory=list, init=False, repr=False, compare=False)

    def octets(self) -> bytes:
        """The record as it is stored; encoded once, for evidence and books alike."""
        if not self._octets:
            self._octets.append(self.register.encode(self.value))
        return self._octets[0]


def record_details(marks: Iterable[Mark[Any]]) -> dict[str, str]:
    """What a fact says of the records that stand after its commit: name and digest of each."""
    return {
        record_name(mark.register.name, mark.key): digest(mark.octets())
        for mark in marks
        if mark.register.proven
    }


def record_name(register: str, key: str) -> str:
    """A record as the detail of a fact names it; a key may be anybody's text."""
    return f"{RECORD}{register}.{digest(key.encode())[7:39]}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Settlement:
    """One decided order: postings, register marks, outcome and evidence, for one commit.

    `request` is None when only marks are written (a retry under a new counter).
    `order` is the digest of what was asked: the same id with another digest is a conflict.
    `leaf` goes to the evidence log and, with its proof, to the handset; `tally` stays here.
    `data` is the rest of the answer, kept so that a retry is told the same.
    `instruction` is what a customer signed for the transfers, kept so that it can be shown.
    """

    device: DeviceId | None
    request: RequestId | None
    order: str
    code: str
    at_ms: int
    leaf: bytes | None
    tally: bytes | None
    data: bytes | None = None
    accounts: tuple[NewAccount, ...] = ()
    transfers: tuple[Transfer, ...] = ()
    marks: tuple[Mark[Any], ...] = ()
    instruction: Instruction | None = None

    def __post_init__(self) -> None:
        if self.leaf is None and (self.transfers or self.accounts or self.request):
            raise Defect("nothing moves and nothing is answered without evidence")

    @classmethod
    def of_marks(
        cls, *marks: Mark[Any], at_ms: int, device: DeviceId | None = None, order: str = ""
    ) -> Settlement:
        """What only remembers something: no evidence, so nothing moves and nobody is answered."""
        return cls(
            device=device,
            request=None,
            order=order,
            code="ok",
            at_ms=at_ms,
            leaf=None,
            tally=None,
            marks=marks,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Committed:
    """Where a settlement's leaf stands in the evidence log, proven against a signed checkpoint."""

    leaf: bytes
    data: bytes | None
    index: int
    size: int
    path: tuple[bytes, ...]
    checkpoint: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Recorded:
    """The first answer to a request, for whoever asks again."""

    order: str
    committed: Committed
