"""What was altered on its way, and surely is: putting a constant in the place of chance may not."""

from __future__ import annotations


def flipped(octets: bytes) -> bytes:
    """Octets of which the last bit is another."""
    return octets[:-1] + bytes([octets[-1] ^ 1])


def other_end(token: str) -> str:
    """A compact JOSE token with another tag or signature, in good base64url."""
    return token[:-2] + ("BA" if token[-2] == "A" else "AA")


def signed_again(octets: bytes) -> bytes:
    """The same with the other form of the ECDSA signature (P-256, r and s) that stands at its end.

    Whoever has one form makes the other without the key, and both verify.
    """
    order = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
    return octets[:-32] + (order - int.from_bytes(octets[-32:])).to_bytes(32)
