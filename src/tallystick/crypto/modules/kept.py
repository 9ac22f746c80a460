"""Where a module keeps its keys and uses them, in a form for people, evidence and certificates."""

from __future__ import annotations

from dataclasses import dataclass

from tallystick.crypto.keys import MECHANISM_OF, AssuranceLevel, KeyRing, KeyState

SOFTWARE, TOKEN = "software", "token"


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnKey:
    """What may be said of one key: `place` is where it is used, software or token."""

    purpose: str
    mechanism: str
    created_ms: int
    check_value: str
    place: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """Where all keys of a module are: the level of the weakest, and of those that sign.

    `statement` is a sentence for evidence and certificate; `keys` are the active ones.
    """

    level: AssuranceLevel
    signs: AssuranceLevel
    statement: str
    keys: tuple[OwnKey, ...]


def kept_in_file(ring: KeyRing, level: AssuranceLevel) -> Kept:
    """Keys from a file under a passphrase: S1 in a process of their own, else S0."""
    return Kept(
        level=level,
        signs=level,
        statement="sealed in a file under a passphrase, and used in the memory of a process",
        keys=_keys(ring),
    )


def kept_under_token(ring: KeyRing, level: AssuranceLevel, token: str) -> Kept:
    """Keys from a file under a master key in a token, some of them in the token themselves.

    Takes: level and sentence of the master key. S2 is a master key in hardware: then a key that the
           token drew and uses is at S3. In a token that is software nothing is above S1.
    """
    keys = _keys(ring)
    inside = any(key.place == TOKEN for key in keys)
    hardware = level >= AssuranceLevel.S2
    said = "sealed in a file under a token, and used in the memory of a process"
    if inside:
        said = (
            "checkpoints (and so receipts), certificates and QR codes are signed inside a token; "
            "the keys of messages and PINs are sealed under it, and used in the memory of a process"
        )
    return Kept(
        level=level,
        signs=AssuranceLevel.S3 if hardware and inside else level,
        statement=f"{said}. The token: {token}",
        keys=keys,
    )


def _keys(ring: KeyRing) -> tuple[OwnKey, ...]:
    return tuple(
        OwnKey(
            purpose=str(record.purpose),
            mechanism=MECHANISM_OF[record.purpose],
            created_ms=record.created_ms,
            check_value=record.check_value,
            place=TOKEN if record.token else SOFTWARE,
        )
        for record in ring.records
        if record.state is KeyState.ACTIVE
    )
