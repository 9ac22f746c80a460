"""What a token is and can do, asked once: for whoever sets one up."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from tallystick.backends.pkcs11 import MECHANISMS, TokenKeeper
from tallystick.crypto.keys import OPERATIONS, AssuranceLevel


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenReport:
    """A token with a master key in it.

    `mechanisms` are triples of name, use and whether it is there; `operations` say what the token
    would do inside (S3), and what would still be done in our process (S2), each with the reason.
    `level` is what a module with this master key states.
    """

    level: AssuranceLevel
    fingerprint: str
    statement: str
    count: int
    keys: int
    mechanisms: tuple[tuple[str, str, bool], ...]
    operations: tuple[tuple[str, str, str], ...]


def look_at_token(
    path: Path, *, create: bool = False, after_wrong_pin: bool = False
) -> TokenReport:
    """Open the token that a file names; with `create` draw the master key in it first.

    Refuses: Misconfigured as `TokenKeeper`.
    """
    with TokenKeeper(path, create=create, after_wrong_pin=after_wrong_pin) as keeper:
        return TokenReport(
            level=keeper.level,
            fingerprint=keeper.fingerprint,
            statement=keeper.statement,
            count=keeper.anchor(),
            keys=len(keeper.token_keys()),
            mechanisms=tuple(
                (one.name, one.use, one.number in keeper.mechanisms) for one in MECHANISMS
            ),
            operations=tuple((one.name, str(one.level), one.why) for one in OPERATIONS),
        )
