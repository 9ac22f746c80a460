"""Chance that is the same everywhere: draws that depend on a name and a number, and nothing else.

The stream of a name is SHAKE-256 of it, read as 64-bit words; two words make two normal draws (Box
and Muller, 1958). A name's draws do not change when other names come or go, so two analyses that
share a scenario share its draws, and what differs between their results is not noise.
"""

from __future__ import annotations

import hashlib
import math

import numpy as np

from tallystick.analyse.risk.normal import Floats

_DOMAIN = "tallystick draws 1\n"
_WORD_OCTETS = 8


def normal_pairs(name: str, count: int) -> tuple[Floats, Floats]:
    """Two rows of so many independent standard normal draws, for one name.

    The first draws of a longer row are those of a shorter one.
    """
    octets = hashlib.shake_256((_DOMAIN + name).encode()).digest(2 * count * _WORD_OCTETS)
    words = np.frombuffer(octets, dtype="<u8").reshape(count, 2)
    uniform = ((words >> np.uint64(11)).astype(np.float64) + 0.5) / 2.0**53
    radius = np.sqrt(-2.0 * np.log(uniform[:, 0]))
    angle = 2.0 * math.pi * uniform[:, 1]
    return radius * np.cos(angle), radius * np.sin(angle)
