"""Split knowledge of a software master key: shares for its recovery, in the hands of custodians.

Any `needed` of the shares make the master key again, fewer tell nothing of it (keys/shares.py).
Each is sealed under the passphrase of its custodian, so that nobody who carries the files, and
nobody who runs the command, holds two of them in clear. A key in a token has no shares: the token's
own backup is its recovery.
"""

from __future__ import annotations

import hmac
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from tallystick.crypto.keys.key_file import demand_long_passphrase
from tallystick.crypto.keys.master_file import (
    SoftwareMasterKey,
    read_master_secret,
    write_master_file,
)
from tallystick.crypto.keys.private_file import read_private, write_new_private
from tallystick.crypto.keys.sealed import (
    Stretching,
    open_under_passphrase,
    seal_under_passphrase,
)
from tallystick.crypto.keys.shares import Share, join_shares, share_check_value, split_secret
from tallystick.crypto.mechanisms import KeyRefused
from tallystick.ground.errors import Misconfigured
from tallystick.ground.secret import Secret

_KIND = "tallystick-master-share 1"
_LINE = re.compile(
    r"(?P<master>[0-9a-f]{16}) (?P<needed>[0-9]{1,2}) (?P<number>[0-9]{1,2}) "
    r"(?P<octets>[0-9a-f]{64}) (?P<check>[0-9A-F]{6})"
)
_FILE_MAX = 1024
_UNREADABLE = "not a share of a master key"


@dataclass(frozen=True, slots=True, kw_only=True)
class MasterShare:
    """One share. `master` is the fingerprint of the master key, `check_value` that of the share."""

    master: str
    needed: int
    number: int
    octets: bytes = field(repr=False)

    @property
    def check_value(self) -> str:
        return share_check_value(Share(self.number, self.octets))

    def line(self) -> str:
        """The share as one line of text, to be sealed; on paper it is the share itself."""
        return f"{self.master} {self.needed} {self.number} {self.octets.hex()} {self.check_value}"


def read_share(line: str) -> MasterShare:
    """Read what `MasterShare.line` wrote. Refuses: Misconfigured, also for a mistyped digit."""
    found = _LINE.fullmatch(line)
    if found is None:
        raise Misconfigured(_UNREADABLE)
    share = MasterShare(
        master=found["master"],
        needed=int(found["needed"]),
        number=int(found["number"]),
        octets=bytes.fromhex(found["octets"]),
    )
    if not 1 <= share.number <= 16 or share.check_value != found["check"] or share.line() != line:
        raise Misconfigured(_UNREADABLE)
    return share


def share_master_file(
    directory: Path, passphrase: Secret, *, needed: int, of: int
) -> list[MasterShare]:
    """Make shares of a home's software master key.

    Refuses: Misconfigured as `open_master_file`, and for fewer than 2 needed or more than 16 made.
    """
    secret = read_master_secret(directory, passphrase)
    master = SoftwareMasterKey(secret, count=None).fingerprint
    try:
        shares = split_secret(secret.reveal(), needed=needed, of=of)
    except KeyRefused as error:
        raise Misconfigured(str(error), where=str(directory)) from None
    return [
        MasterShare(master=master, needed=needed, number=share.index, octets=share.octets)
        for share in shares
    ]


def restore_master_file(
    directory: Path,
    shares: Sequence[MasterShare],
    passphrase: Secret,
    *,
    stretching: Stretching = Stretching.SCRYPT,
) -> str:
    """Make the master key again and seal it in a new file, under a new passphrase.

    The count beside it begins at nought: that the key database is its newest copy is for whoever
    restores to know. Gives: the fingerprint of the master key.

    Refuses: Misconfigured for too few shares, shares of other keys or sharings, and where a master
             key is already.
    """
    masters, needed = {share.master for share in shares}, {share.needed for share in shares}
    if len(masters) != 1 or len(needed) != 1 or len(shares) < next(iter(needed)):
        raise Misconfigured("too few shares, or not of one master key", where=str(directory))
    try:
        secret = Secret(join_shares([Share(share.number, share.octets) for share in shares]))
    except KeyRefused as error:
        raise Misconfigured(str(error), where=str(directory)) from None
    made = SoftwareMasterKey(secret, count=None).fingerprint
    if not hmac.compare_digest(made, masters.pop()):
        raise Misconfigured("these shares do not make that master key", where=str(directory))
    write_master_file(directory, secret, passphrase, stretching=stretching)
    return made


def seal_share(share: MasterShare, path: Path, passphrase: Secret) -> None:
    """Write a share into a new file, under its custodian's passphrase. Refuses: Misconfigured."""
    demand_long_passphrase(passphrase, path)
    sealed = seal_under_passphrase(
        _KIND, share.line().encode("ascii"), passphrase, stretching=Stretching.ARGON2ID
    )
    write_new_private(path, sealed)


def open_share(path: Path, passphrase: Secret) -> MasterShare:
    """Open what `seal_share` wrote. Refuses: Misconfigured."""
    sealed = read_private(path, octets_max=_FILE_MAX)
    try:
        return read_share(open_under_passphrase(_KIND, sealed, passphrase).decode("ascii"))
    except (Misconfigured, UnicodeDecodeError):
        problem = "does not open: wrong passphrase, altered, or no share"
        raise Misconfigured(problem, where=str(path)) from None
