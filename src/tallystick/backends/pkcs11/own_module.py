"""The crypto module over a key file that is under a token, as a program of its own:
`python -m tallystick.backends.pkcs11.own_module FD`.

The token is asked at the start, and let go of again unless it also signs. The vendor's library is
not in this process: it is in the worker's.
"""

from __future__ import annotations

import sys
from pathlib import Path

from tallystick.backends.pkcs11.keeper import TokenKeeper
from tallystick.backends.pkcs11.refusals import TokenKeyRefused
from tallystick.crypto.keys import read_key_file_under
from tallystick.crypto.modules import (
    CryptoModule,
    ModuleStart,
    ModuleUnavailable,
    SoftwareModule,
    kept_under_token,
    run_module_process,
)
from tallystick.ground.errors import Misconfigured


def _open(start: ModuleStart) -> CryptoModule:
    keeper = TokenKeeper(Path(start.token))
    try:
        ring = read_key_file_under(Path(start.path), keeper)
        inside = any(record.token for record in ring.records)
        module = SoftwareModule(
            ring,
            kept=kept_under_token(ring, keeper.level, keeper.statement),
            token=keeper if inside else None,
        )
    except (TokenKeyRefused, ModuleUnavailable) as refusal:
        raise Misconfigured(str(refusal), where=start.token) from None
    if not inside:
        keeper.close()
    return module


if __name__ == "__main__":
    raise SystemExit(run_module_process(int(sys.argv[1]), _open))
