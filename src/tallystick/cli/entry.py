"""Where the command begins: the application is imported inside, so that it can be interrupted."""

from __future__ import annotations

import sys

INTERRUPTED = 130
"""The exit code of shells for a command that Ctrl-C ended: 128 and the number of the signal."""


def main() -> None:
    """Run one command; Ctrl-C ends it without a word, also while the application is imported."""
    try:
        from tallystick.cli.app import main as run

        run()
    except KeyboardInterrupt:
        sys.exit(INTERRUPTED)
