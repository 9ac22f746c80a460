"""What every process of ours that holds a key does to itself before it holds one."""

from __future__ import annotations

import ctypes
import resource
import sys
from types import TracebackType

from tallystick.ground.errors import Defect

_PR_SET_DUMPABLE = 4


def harden() -> None:
    """No core dumps, and no ptrace or /proc/PID/mem by processes of the same user (prctl(2)).

    An error that nobody caught leaves its kind on stderr, and nothing else: a traceback could quote
    what was being worked on.
    """
    sys.excepthook = _say_the_kind_only
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    if sys.platform == "linux":
        libc = ctypes.CDLL(None, use_errno=True)
        if libc.prctl(_PR_SET_DUMPABLE, 0, 0, 0, 0) != 0:
            raise Defect("the crypto module's process could not be made undumpable")


def _say_the_kind_only(
    kind: type[BaseException], error: BaseException, trace: TracebackType | None
) -> None:
    sys.stderr.write(f"crypto module process: {kind.__name__}\n")
