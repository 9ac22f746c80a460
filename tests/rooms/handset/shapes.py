"""The small shapes of the wire, written a second time from the standards; for tests."""

import base64
import json

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature

JWE_ALGORITHMS = ["ECDH-ES", "A256GCM"]


def b64(octets):
    return base64.urlsafe_b64encode(octets).rstrip(b"=").decode()


def unb64(text):
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def canonical(value):
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def public_jwk(key):
    jwk = key.as_dict(private=False)
    return {name: jwk[name] for name in ("kty", "crv", "x", "y")}


def verify_p1363(jwk, octets, signature):
    assert len(signature) == 64
    numbers = ec.EllipticCurvePublicNumbers(
        int.from_bytes(unb64(jwk["x"]), "big"),
        int.from_bytes(unb64(jwk["y"]), "big"),
        ec.SECP256R1(),
    )
    der = encode_dss_signature(
        int.from_bytes(signature[:32], "big"), int.from_bytes(signature[32:], "big")
    )
    numbers.public_key().verify(der, octets, ec.ECDSA(hashes.SHA256()))


def emv(tag, value):
    return f"{tag}{len(value):02d}{value}"


def crc16(octets):
    register = 0xFFFF
    for octet in octets:
        register ^= octet << 8
        for _ in range(8):
            register = ((register << 1) ^ 0x1021 if register & 0x8000 else register << 1) & 0xFFFF
    return register


def finish_code(text):
    return f"{text}6304{crc16((text + '6304').encode()):04X}"


def signed_code(key, *, account, name, currency="404", signature=None):
    """A merchant code with the provider's signature, or with another one."""
    text = emv("00", "01") + emv("01", "11")
    text += emv("26", emv("00", "tallystick") + emv("01", account))
    text += emv("52", "0000") + emv("53", currency) + emv("58", "KE")
    text += emv("59", name) + emv("60", "Nairobi")
    signature = signature or key.sign(b"tallystick-qr\n" + text.encode())
    text += emv("80", emv("00", "tally") + emv("01", b64(signature)))
    return finish_code(text)
