"""Signatures of the API: a detached JWS (RFC 7515) over the raw octets of the body.

The header FSPIOP-Signature is JSON with `protectedHeader` and `signature`, both base64url. The
protected header repeats the headers that must not change: method, path, source, destination, date.
The payload is what was sent, octet by octet; it is never parsed and written again.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping

from tallystick.crypto.envelopes import EnvelopeRefused, strict_object
from tallystick.crypto.mechanisms import PeerKey, RsaSigningKey, SignatureRefused, verify_as
from tallystick.ground.canonical import canonical_json
from tallystick.ground.identifiers import NotAnIdentifier, from_base64url, to_base64url
from tallystick.serve.interop.errors import BAD_SIGNATURE, ApiRefused

SIGNATURE_CHARACTERS_MAX = 8 * 1024
URI, METHOD, SOURCE = "FSPIOP-URI", "FSPIOP-HTTP-Method", "FSPIOP-Source"
DESTINATION, DATE = "FSPIOP-Destination", "Date"
_REQUIRED = frozenset({"alg", URI, METHOD, SOURCE})
_NEVER = frozenset({"crit", "b64", "jku", "jwk", "x5u", "x5c", "zip"})


def sign_request(
    key: RsaSigningKey, *, method: str, path: str, headers: Mapping[str, str], body: bytes
) -> str:
    """The value of FSPIOP-Signature for a request.

    Takes: `path` from the resource on; `headers` with lower-case names, which hold fspiop-source,
           date, and fspiop-destination where there is one.
    """
    protected = {
        "alg": "RS256",
        URI: path,
        METHOD: method,
        SOURCE: headers["fspiop-source"],
        DATE: headers["date"],
    }
    if "fspiop-destination" in headers:
        protected[DESTINATION] = headers["fspiop-destination"]
    first = to_base64url(canonical_json(protected))
    signature = key.sign(_signing_input(first, body))
    value = {"protectedHeader": first, "signature": to_base64url(signature)}
    return canonical_json(value).decode("ascii")


def verify_request(
    keys: Mapping[str, PeerKey], *, method: str, path: str, headers: Mapping[str, str], body: bytes,
    spelt: str = "", query: str = "",
) -> str:  # fmt: skip
    """Verify the signature of a request as it came in; gives the algorithm.

    Takes:   the key of every participant by its id; header names in lower case; `spelt`, the path
             with its percent signs, and `query`, which some participants sign as they sent it.
    Refuses: ApiRefused 3105 with one text for every reason: who may not know the key may not know
             more either.
    """
    try:
        plain = (path, spelt or path)
        paths = (*plain, *(f"{one}?{query}" for one in plain if query))
        return _verified(keys, method=method, paths=paths, headers=headers, body=body)
    except (SignatureRefused, EnvelopeRefused, NotAnIdentifier, KeyError) as refusal:
        raise ApiRefused(BAD_SIGNATURE, "the signature was refused") from refusal


def _verified(
    keys: Mapping[str, PeerKey], *, method: str, paths: Collection[str],
    headers: Mapping[str, str], body: bytes,
) -> str:  # fmt: skip
    value = headers["fspiop-signature"]
    if len(value) > SIGNATURE_CHARACTERS_MAX:
        raise SignatureRefused("too long")
    outer = strict_object(value.encode("utf-8", "replace"))
    first, last = outer.get("protectedHeader"), outer.get("signature")
    if outer.keys() != {"protectedHeader", "signature"} or not _texts(first, last):
        raise SignatureRefused("not a signature of this API")
    protected = strict_object(from_base64url(str(first)))
    _demand_same(protected, method=method, paths=paths, headers=headers)
    verify_as(
        protected["alg"],
        key=keys[headers["fspiop-source"]],
        octets=_signing_input(str(first), body),
        signature=from_base64url(str(last)),
    )
    return str(protected["alg"])


def _demand_same(
    protected: Mapping[str, object], *, method: str, paths: Collection[str],
    headers: Mapping[str, str],
) -> None:  # fmt: skip
    """What was signed is what came: each protected member, and nothing that changes the rules."""
    if not protected.keys() >= _REQUIRED or _NEVER & protected.keys():
        raise SignatureRefused("members of the protected header")
    if protected[URI] not in paths or protected[METHOD] != method:
        raise SignatureRefused("signed for another request")
    for name, value in protected.items():
        if name in ("alg", "typ"):
            continue
        sent = headers.get(name.lower())
        if sent is None and name in (URI, METHOD):
            continue
        if sent != value:
            raise SignatureRefused("a header is not as it was signed")
    if "fspiop-destination" in headers and DESTINATION not in protected:
        raise SignatureRefused("the destination is not signed")


def _texts(*values: object) -> bool:
    return all(isinstance(value, str) for value in values)


def _signing_input(protected: str, body: bytes) -> bytes:
    return f"{protected}.{to_base64url(body)}".encode("ascii")
