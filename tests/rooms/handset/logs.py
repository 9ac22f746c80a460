"""A Merkle tree straight from the definitions of RFC 9162 §2.1, and signed notes; for tests.

Nothing here is shared with the handset: it builds what the handset checks.
"""

import base64
import hashlib

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat


def _split(n):
    k = 1
    while k * 2 < n:
        k *= 2
    return k


def root(leaves):
    if not leaves:
        return hashlib.sha256(b"").digest()
    if len(leaves) == 1:
        return hashlib.sha256(b"\x00" + leaves[0]).digest()
    k = _split(len(leaves))
    return hashlib.sha256(b"\x01" + root(leaves[:k]) + root(leaves[k:])).digest()


def inclusion(index, leaves):
    if len(leaves) == 1:
        return []
    k = _split(len(leaves))
    if index < k:
        return [*inclusion(index, leaves[:k]), root(leaves[k:])]
    return [*inclusion(index - k, leaves[k:]), root(leaves[:k])]


def consistency(m, leaves, complete=True):
    n = len(leaves)
    if m == n:
        return [] if complete else [root(leaves)]
    k = _split(n)
    if m <= k:
        return [*consistency(m, leaves[:k], complete), root(leaves[k:])]
    return [*consistency(m - k, leaves[k:], False), root(leaves[:k])]


class NoteSigner:
    """One Ed25519 signer of C2SP notes."""

    def __init__(self, name, seed=None):
        self.name = name
        self.private = (
            Ed25519PrivateKey.from_private_bytes(seed) if seed else Ed25519PrivateKey.generate()
        )
        self.raw = self.private.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
        material = b"\x01" + self.raw
        self.key_id = hashlib.sha256(name.encode() + b"\n" + material).digest()[:4]
        self.verifier_key = f"{name}+{self.key_id.hex()}+{base64.b64encode(material).decode()}"

    def line(self, text):
        signature = self.key_id + self.private.sign(text.encode())
        return f"— {self.name} {base64.b64encode(signature).decode()}\n"

    def note(self, text):
        return f"{text}\n{self.line(text)}"

    def checkpoint(self, leaves):
        encoded = base64.b64encode(root(leaves)).decode()
        return self.note(f"{self.name}\n{len(leaves)}\n{encoded}\n")
