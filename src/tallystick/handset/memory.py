"""What the handset remembers of the evidence log, so that the log cannot shrink or fork."""

from __future__ import annotations

from tallystick.handset.errors import ReceiptRefused, refusing
from tallystick.handset.notes import Checkpoint
from tallystick.handset.reading import Strict, read_json
from tallystick.handset.receipts import read_path
from tallystick.handset.trees import check_consistency


class _Path(Strict):
    path: list[str]


def sizes_to_prove(
    remembered: Checkpoint | None, seen: Checkpoint, *, retried: bool
) -> tuple[int, int] | None:
    """Between which sizes a consistency path is needed before `seen` is believed; None for none.

    Refuses: ReceiptRefused if the log shrank or forked. The first answer to a retried order may
    carry its first checkpoint, which must then be the beginning of the remembered one.
    """
    if remembered is None:
        return None
    if seen.size == remembered.size:
        if seen.root != remembered.root:
            raise ReceiptRefused("the evidence log forked: two roots of one size")
        return None
    if seen.size < remembered.size and not retried:
        raise ReceiptRefused("the evidence log shrank")
    return min(seen.size, remembered.size), max(seen.size, remembered.size)


def prove_consistency(remembered: Checkpoint, seen: Checkpoint, *, answer: bytes) -> Checkpoint:
    """Read /v1/consistency and check it. Gives: the newer checkpoint. Refuses: ReceiptRefused."""
    older, newer = sorted((remembered, seen), key=lambda checkpoint: checkpoint.size)
    with refusing(ReceiptRefused, "evidence log"):
        check_consistency(
            old_size=older.size,
            old_root=older.root,
            new_size=newer.size,
            new_root=newer.root,
            path=read_path(read_json(answer, _Path).path),
        )
    return newer
