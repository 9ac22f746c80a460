"""Run one simulated world again.

python -m tests.storm.replay SEED
"""

from __future__ import annotations

import logging
import sys
from pathlib import Path
from typing import Any

from tests.storm.bounds import WORLD_EVENTS
from tests.storm.world import World

ROOT = Path(__file__).parents[2]


def replay(seed: int, **how: Any) -> World:
    """The world of a seed, at its end. AssertionError when it does not hold, with the seed."""
    world = World(seed=seed, **how)
    try:
        world.run(events=WORLD_EVENTS)
    except AssertionError as broken:
        broken.add_note(
            f"seed {seed}, event {world.number}, {world.now_ms} ms;"
            f" again: PYTHONPATH=src python -m tests.storm.replay {seed}"
        )
        raise
    finally:
        world.close()
    return world


if __name__ == "__main__":
    logging.disable(logging.CRITICAL)
    done = replay(int(sys.argv[1]))
    print(f"held for {done.now_ms} ms of its time: {done.counts}")
    print(done.trace.hexdigest())
