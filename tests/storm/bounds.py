"""How long storms last: short on every change, long by `make storm`."""

from __future__ import annotations

import os

LONG = os.environ.get("TALLYSTICK_TESTS") == "storm"

CUTS = 5_000 if LONG else 600
"""Simulated power cuts on SQLite."""

NETWORK_ORDERS = 400 if LONG else 40
"""Orders of each of four handsets behind a network that loses and repeats."""

WORLDS = 16
"""Simulated worlds on every change; a planted bug must be found in so many."""
WORLDS_S = 60 * int(os.environ.get("MINUTES") or 5) if LONG else 0
"""Beyond that number, worlds go on for so long."""
WORLD_EVENTS = 1_500

SERVER_KILLS = 120 if LONG else 8
"""Kills of a server that handsets pay through."""
SERVE_KILLS = 20 if LONG else 2
"""The same of `tallystick serve`, which takes longer to start."""

BROKEN_PER_ACT = 10**6 if LONG else 12
"""Ways to break the functions that one kind of order passes through."""
POSTGRES_KILLS = 60 if LONG else 6
"""Kills of a server on PostgreSQL, of its backends and of the whole cluster."""
SESSION_KILLS = 100 if LONG else 12
"""Kills of PostgreSQL or one of its processes while a writer goes on by itself."""
