"""The yardstick: what one secured payment costs in bare cryptography, with nothing around it.

The same work as the service does for a payment with a PIN, done directly with pyca/cryptography:
open the message (ECDH, AES-GCM), verify message, proof and intent (three ES256), open the PIN
(ECDH, AES-GCM) and compare its HMAC, seal the answer (key generation, ECDH, AES-GCM). The
checkpoint signature is one per batch and is left out: that makes the yardstick stricter.
"""

from __future__ import annotations

import hashlib
import hmac
import os
import time
from collections.abc import Callable

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256

_ECDSA = ec.ECDSA(SHA256())
_ECDH = ec.ECDH()
MESSAGE_OCTETS = 1200
PIN_OCTETS = 40
ANSWER_OCTETS = 1500


def bare_payments_per_cpu_s(seconds: float = 3.0) -> float:
    """How many payments' worth of bare cryptography one core does in a second of its time."""
    pay = _prepare()
    for _ in range(50):
        pay()
    count, start = 0, time.process_time()
    while time.process_time() - start < seconds:
        for _ in range(50):
            pay()
        count += 50
    return count / (time.process_time() - start)


def _prepare() -> Callable[[], None]:
    curve = ec.SECP256R1()
    module, pin_key, device, handset, ephemeral = (ec.generate_private_key(curve) for _ in range(5))
    signed = os.urandom(MESSAGE_OCTETS)
    signature = device.sign(signed, _ECDSA)
    public, epk = device.public_key(), ephemeral.public_key()
    message_key = _key(module.exchange(_ECDH, epk))
    pin_content_key = _key(pin_key.exchange(_ECDH, epk))
    iv = os.urandom(12)
    message = AESGCM(message_key).encrypt(iv, signed, b"aad")
    pin = AESGCM(pin_content_key).encrypt(iv, os.urandom(PIN_OCTETS), b"aad")
    answer, mac_key, reference = os.urandom(ANSWER_OCTETS), os.urandom(32), os.urandom(32)
    to = handset.public_key()

    def pay() -> None:
        AESGCM(_key(module.exchange(_ECDH, epk))).decrypt(iv, message, b"aad")
        for _ in range(3):
            public.verify(signature, signed, _ECDSA)
        AESGCM(_key(pin_key.exchange(_ECDH, epk))).decrypt(iv, pin, b"aad")
        hmac.compare_digest(hmac.digest(mac_key, b"customer and pin", "sha256"), reference)
        fresh = ec.generate_private_key(curve)
        AESGCM(_key(fresh.exchange(_ECDH, to))).encrypt(os.urandom(12), answer, b"aad")

    return pay


def _key(shared: bytes) -> bytes:
    return hashlib.sha256(b"\x00\x00\x00\x01" + shared + b"\x00\x00\x00\x07A256GCM").digest()


if __name__ == "__main__":
    print(f"{bare_payments_per_cpu_s():,.0f} payments' worth of bare cryptography per core-second")
