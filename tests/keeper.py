"""A master key that needs no token, for moves whose other end is not what is tested."""

from __future__ import annotations

import hashlib
from pathlib import Path

from tallystick.crypto.keys import SoftwareMasterKey
from tallystick.ground.secret import Secret


class Keeper(SoftwareMasterKey):
    """Stands for TokenKeeper; each file that names a token gives another key."""

    mechanisms: frozenset[int] = frozenset()

    def __init__(self, path: Path, create: bool = False) -> None:
        super().__init__(Secret(hashlib.sha256(path.read_bytes()).digest()), count=None)

    def __enter__(self) -> Keeper:
        return self

    def __exit__(self, *error: object) -> None:
        pass
