"""A notary: signs the checkpoints of books that are under test, without a crypto module."""

from __future__ import annotations

from tallystick.crypto.mechanisms import SigningKey
from tallystick.ground.secret import Secret
from tallystick.prove.evidence import (
    Checkpoint,
    key_id,
    note_body,
    sign_note,
    verifier_key,
)


class Notary:
    """One Ed25519 key with the name of one log. `verifier_key` is what readers pin.

    The same `seed` of 32 octets is the same key in another process. While `failing` is set, signing
    raises it.
    """

    def __init__(
        self, origin: str = "tallystick/testing/evidence", *, seed: Secret | None = None
    ) -> None:
        self.origin = origin
        self.failing: Exception | None = None
        self._key = SigningKey.generate() if seed is None else SigningKey.from_secret(seed)
        self.verifier_key = verifier_key(origin, self._key.public)

    def sign(self, size: int, root: bytes) -> str:
        """The signed note over a tree of so many leaves."""
        if self.failing is not None:
            raise self.failing
        return sign_note(
            note_body(Checkpoint(origin=self.origin, size=size, root=root)),
            name=self.origin,
            key_id=key_id(self.origin, self._key.public),
            sign=self._key.sign,
        )
