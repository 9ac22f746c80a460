"""A process that serves a home until it is killed, and then serves it again.

    python -m tests.storm.server HOME PORT [BOOKS]

For each line on its standard input it forks a life: the platform of production behind the server of
production, as `tallystick serve` opens them, with the policy of the tests. It says the process id of
each life, when it is open, and when it is dead.
"""

from __future__ import annotations

import os
import sys
import traceback
from pathlib import Path

from tallystick.assembly import open_platform
from tallystick.serve import run_server
from tallystick.testing import example_names, example_policy


def main(home: Path, port: int, *books: str) -> None:
    policy, names = example_policy(), example_names()
    for _ in sys.stdin:
        life = os.fork()
        if life == 0:
            try:
                how = {"books": books[0]} if books else {}
                with open_platform(policy, home=home, names=names, **how) as platform:
                    run_server(platform, host="127.0.0.1", port=port, ready=lambda _: say("open"))
            except BaseException:
                traceback.print_exc()
            os._exit(1)
        say(f"pid {life}")
        os.waitpid(life, 0)
        say("dead")


def say(line: str) -> None:
    os.write(sys.stdout.fileno(), line.encode() + b"\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]), *sys.argv[3:])
