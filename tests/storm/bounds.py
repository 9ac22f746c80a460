"""How long storms last: short on every change, long by `make storm`."""

from __future__ import annotations

import os

LONG = os.environ.get("TALLYSTICK_TESTS") == "storm"

CUTS = 5_000 if LONG else 1_000
"""Simulated power cuts on SQLite."""

NETWORK_ORDERS = 400 if LONG else 40
"""Orders of each of four handsets behind a network that loses and repeats."""
