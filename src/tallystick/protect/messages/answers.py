"""Answers: the leaf that stands in the evidence log, sealed for the handset with its proof."""

from __future__ import annotations

from dataclasses import dataclass

import msgspec

from tallystick.crypto.envelopes import seal
from tallystick.crypto.mechanisms import PublicKey
from tallystick.ground.canonical import canonical_json, digest
from tallystick.ground.identifiers import to_base64url
from tallystick.protect.enforcement import Committed

ANSWER_TYP = "tallystick-answer+jwe"
_encoder = msgspec.json.Encoder()


@dataclass(slots=True, kw_only=True)
class Slip:
    """What a receipt will say; filled in while the order walks through the rooms."""

    request: str | None
    operation: str
    device: str | None
    at_ms: int
    policy: str
    payer: str | None = None
    payee: str | None = None
    amount_minor: int | None = None
    currency: str | None = None
    instruction: str | None = None
    fee_minor: int | None = None

    def leaf(self, *, code: str, tally: bytes, postings: str | None = None) -> bytes:
        """The receipt as canonical JSON, bound to the tally and the postings by their digests."""
        return canonical_json(
            {
                "v": 2,
                "request": self.request,
                "operation": self.operation,
                "outcome": "accepted" if code == "ok" else "refused",
                "code": code,
                "device": self.device,
                "payer": self.payer,
                "payee": self.payee,
                "amount_minor": self.amount_minor,
                "currency": self.currency,
                "instruction": self.instruction,
                "fee_minor": self.fee_minor,
                "postings": postings,
                "at_ms": self.at_ms,
                "policy": self.policy,
                "tally": digest(tally),
            }
        )


def seal_answer(committed: Committed, *, to: PublicKey) -> str:
    """Seal a committed leaf, its inclusion proof and the answer's data for one handset."""
    plain = {
        "receipt": to_base64url(committed.leaf),
        "inclusion": {
            "index": committed.index,
            "size": committed.size,
            "path": [to_base64url(node) for node in committed.path],
        },
        "checkpoint": committed.checkpoint,
        "data": msgspec.Raw(committed.data) if committed.data is not None else None,
    }
    return seal(_encoder.encode(plain), to=to, kid=to.thumbprint, typ=ANSWER_TYP)
