"""What was altered on its way, and surely is: putting a constant in the place of chance may not."""

from __future__ import annotations


def flipped(octets: bytes) -> bytes:
    """Octets of which the last bit is another."""
    return octets[:-1] + bytes([octets[-1] ^ 1])


def other_end(token: str) -> str:
    """A compact JOSE token with another tag or signature, in good base64url."""
    return token[:-2] + ("BA" if token[-2] == "A" else "AA")
