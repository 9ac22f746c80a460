"""A first service file for a person who starts with none."""

from __future__ import annotations

import re
from pathlib import Path

from tallystick.describe.problems import nearest
from tallystick.ground.errors import Misconfigured
from tallystick.ground.shown import shown_text

_TEMPLATES = Path(__file__).parent / "templates"
LIKE = ("e-wallet", "p2p", "merchant-qr", "mobile-banking", "agent-cash", "nfc")
"""The kinds; the last one is planned and not run by this version."""
_NAME = re.compile(r"[A-Za-z][A-Za-z0-9 -]{1,24}")


def scaffold_service(like: str, name: str) -> str:
    """The text of a new service file of one kind, complete and commented.

    Refuses: Misconfigured for a kind that does not exist, and for a name that does not make an id.
    """
    if like not in LIKE:
        hint = nearest(like, LIKE)
        raise Misconfigured(f"no service is like {shown_text(like)}{hint}", allowed=", ".join(LIKE))
    if not _NAME.fullmatch(name):
        allowed = "2 to 25 of A-Z a-z 0-9, space and -, a letter first"
        raise Misconfigured(f"{shown_text(name)!r} does not name a service", allowed=allowed)
    text = (_TEMPLATES / f"{like}.toml").read_text(encoding="utf-8")
    return text.replace("@NAME@", name).replace("@ID@", name.lower().replace(" ", "-"))
