"""The process around a software module: `python -m tallystick.crypto.modules.process FD`.

A module whose keys are under a token has another entrance (backends/pkcs11/own_module.py), and the
same behind it.
"""

from __future__ import annotations

import sys

from tallystick.crypto.modules.running import open_key_file, run_module_process

if __name__ == "__main__":
    raise SystemExit(run_module_process(int(sys.argv[1]), open_key_file))
