"""Malformed JSON at every layer, and damaged seals."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Any

from tallystick.ground.identifiers import from_base64url, to_base64url
from tallystick.handset import Handset, Order, new_request, proofs
from tallystick.handset import messages as writing
from tallystick.trials import forging
from tallystick.trials.bout import Bout
from tallystick.trials.cast import Player
from tallystick.trials.messages import proof_payload

MESSAGE, GRANT, ENROLMENT = "message.refused", "grant.refused", "enrolment.refused"
DEPTH = 2_500
"""Nesting that fits into a message and into nobody's stack."""


def send_malformed_json(bout: Bout) -> None:
    """Broken, doubled and unknown members in claims, bodies, transactions, headers, proofs."""
    payer, payee = bout.pair()
    with bout.unmoved(payer, payee):
        _claims(bout, payer.handset, bout.order(payer, payee))
        _headers(bout, payer.handset, bout.order(payer, payee))
        _bodies(bout, payer, payee)
        _transactions(bout, payer, payee)
        _amounts(bout, payer, payee)
        _strangers(bout, payer.handset, bout.order(payer, payee))
    bout.pay(payer, payee, bout.cast.unit_minor)


def broken(good: dict[str, Any], number: str) -> Iterator[tuple[str, bytes]]:
    """An object's octets, broken in every way that some reader overlooks; `number` is an int."""
    octets = forging.encode(good)
    first = next(iter(good))
    yield "an unknown member", forging.encode({**good, "admin": True})
    yield "a member missing", forging.encode({k: v for k, v in good.items() if k != first})
    yield "a member twice", octets[:-1] + b"," + octets[1:]
    yield "a member twice, once escaped", octets[:-1] + _escaped(first, good[first]) + b"}"
    for what, value in (
        ("text", str(good[number])),
        ("a fraction", good[number] + 0.5),
        ("true", True),
        ("null", None),
        ("a list", [good[number]]),
    ):
        yield f"{number} is {what}", forging.encode({**good, number: value})
    raw = forging.encode({**good, number: 7_777_777}).replace(b"7777777", b"%s")
    for what, spelling in (
        ("a float", b"1.0"), ("an exponent", b"1e3"), ("not a number", b"NaN"),
        ("without end", b"Infinity"), ("of 400 digits", b"9" * 400), ("of 65 bits", b"%d" % 2**65),
        ("hexadecimal", b"0x10"), ("with a leading zero", b"01"),
        ("nested deeply", b"[" * DEPTH + b"]" * DEPTH), ("never closed", b"[" * DEPTH),
    ):  # fmt: skip
        yield f"{number} is {what}", raw.replace(b"%s", spelling)
    yield "not UTF-8", octets.replace(b'"', b'"\xff', 1)
    yield "half a surrogate pair", octets[:-1] + b',"x":"\\ud800"}'
    yield "a byte order mark", b"\xef\xbb\xbf" + octets
    yield "something after it", octets + b"{}"
    yield "cut short", octets[:-2]
    for what, whole in (("nothing", b""), ("null", b"null"), ("a list", b"[" + octets + b"]")):
        yield f"{what} in its place", whole


def _escaped(name: str, value: object) -> bytes:
    """A member whose name is spelled with an escape: the same name to every reader."""
    spelled = f'"\\u{ord(name[0]):04x}{name[1:]}":'
    return b"," + spelled.encode("ascii") + forging.encode(value)


def _claims(bout: Bout, handset: Handset, order: Order) -> None:
    good = forging.claims(handset, order)
    for what, payload in broken(good, "ctr"):
        bout.refused(f"claims: {what}", partial(forging.post_claims, handset, order, payload),
                     outside=MESSAGE, inside="message.refused json")  # fmt: skip
    doubled = forging.encode(good).replace(b'"intent":', b'"intent":"","intent":', 1)
    bout.refused("claims: a member of the body twice",
                 partial(forging.post_claims, handset, order, doubled),
                 outside=MESSAGE, inside="message.refused json")  # fmt: skip
    for what, request in (("short", "a"), ("of another alphabet", "/" * 22), ("empty", "")):
        payload = forging.encode({**good, "jti": request})
        bout.refused(f"claims: a request id that is {what}",
                     partial(forging.post_claims, handset, order, payload),
                     outside=MESSAGE, inside="message.refused identifier.malformed")  # fmt: skip


def _headers(bout: Bout, handset: Handset, order: Order) -> None:
    payload = forging.encode(forging.claims(handset, order))
    device, key = handset.bound().device.encode(), handset.keys.session
    good = b'{"alg":"ES256","typ":"tallystick-message+jws","kid":"%s"}' % device
    for what, header, why in (
        ("a member twice", b'{"alg":"none",' + good[1:], "json"),
        ("not an object", b'["alg"]', "json"),
        ("not UTF-8", good.replace(b"kid", b"k\xff"), "json"),
        ("nested deeply", b'{"alg":' + b"[" * 500 + b"]" * 500 + b"}", "header.size"),
        ("alg is a list", good.replace(b'"ES256"', b'["ES256"]'), "header.alg"),
        ("nothing", b"", "header.size"),
    ):
        token = forging.raw_token(header, payload, key=key)
        why = "header.members" if what == "nested deeply" else why
        body = forging.seal(handset, token)
        bout.refused(f"header: {what}", partial(forging.post, handset, order, body),
                     outside=MESSAGE, inside=f"message.refused {why}")  # fmt: skip


def _bodies(bout: Bout, payer: Player, payee: Player) -> None:
    order = bout.order(payer, payee)
    good = dict(order.body)
    long_text = {"intent": "A" * 129}
    for what, body in (
        ("an unknown member", {**good, "fee": "0.00"}),
        ("a member missing", {k: v for k, v in good.items() if k != "intent"}),
        ("a number for text", {**good, "intent": 7}),
        ("null for text", {**good, "transaction_data": None}),
        ("a list for a PIN", {**good, "pin": []}),
        ("a longer signature", {**good, **long_text}),
        ("nothing", {}),
    ):
        sent = Order(request=new_request(), operation=order.operation, body=body)
        bout.refused(f"body: {what}", partial(forging.post_order, payer.handset, sent),
                     outside="order.malformed", inside="order.malformed")  # fmt: skip
    for what, value in (("null", None), ("a list", [good]), ("text", "remote.pay")):
        sent = bout.order(payer, payee)
        claims = forging.encode({**forging.claims(payer.handset, sent), "body": value})
        plain = Order(request=sent.request, operation=sent.operation, body={})
        bout.refused(f"body: {what} in its place",
                     partial(forging.post_claims, payer.handset, plain, claims),
                     outside="order.malformed", inside="order.malformed")  # fmt: skip


def _transactions(bout: Bout, payer: Player, payee: Player) -> None:
    """T is signed by the device itself, so that nothing but its shape is wrong."""
    handset = payer.handset
    amount = forging.encode(forging.transaction(bout.order(payer, payee))["payload"]["amount"])
    for what, old, new in (
        ("an unknown member", b'"payload":{', b'"payload":{"tip":"0.00",'),
        ("a fee that is no text", b'"payload":{', b'"payload":{"fee":7,'),
        ("a fee of null", b'"payload":{', b'"payload":{"fee":null,'),
        ("an amount twice", b'"amount":' + amount, b'"amount":"1.00","amount":' + amount),
        ("a payee twice", b'"payee":{', b'"payee":{"id":"a","name":"b"},"payee":{'),
        ("an amount as a number", b'"amount":' + amount, b'"amount":1'),
        ("another type", b"tallystick:payment:1", b"tallystick:payment:2"),
        ("two devices", b'"credential_ids":[', b'"credential_ids":["dev-0",'),
        ("no device", b'"credential_ids":["', b'"credential_ids":[],"x":["'),
        ("another request", b'"transaction_id":"', b'"transaction_id":"A'),
        ("not UTF-8", b'"name":"', b'"name":"\xff'),
        ("half a surrogate pair", b'"name":"', b'"name":"\\ud800'),
        ("nested deeply", b'"currency":', b'"x":' + b"[" * 1000 + b"]" * 0 + b',"currency":'),
        ("something after it", b"}}", b"}}{}"),
        ("another spelling of the time", b'Z","payee"', b'+00:00","payee"'),
        ("a name to be read backwards", b'"name":"', b'"name":"\\u202e'),
        ("a name with nothing to see in it", b'"name":"', b'"name":"\\u200b'),
        ("a name of two lines", b'"name":"', b'"name":"\\n'),
    ):
        order = bout.order(payer, payee)
        plain = forging.encode(forging.transaction(order)).replace(old, new, 1)
        sent = forging.signed_order(handset, order, plain)
        bare = what in ("two devices", "another request") or what.startswith("a name")
        bout.refused(f"transaction: {what}", partial(forging.post_order, handset, sent),
                     outside="intent.refused",
                     inside="intent.refused" if bare else "intent.refused json")  # fmt: skip


def _amounts(bout: Bout, payer: Player, payee: Player) -> None:
    one = str(bout.cast.amount(bout.cast.unit_minor)).split()[0]
    zero = str(bout.cast.amount(0)).split()[0]
    wide = "".join(chr(ord(c) + 0xFEE0) if c.isdigit() else c for c in one)
    for text in (zero, f"-{one}", f"+{one}", f" {one}", f"0{one}", one + ".000000", wide, "", ".",
                 "1e3", "NaN", "1,000.00", "9" * 19):  # fmt: skip
        order = bout.order(payer, payee)
        said = forging.transaction(order)
        said["payload"]["amount"] = text
        sent = forging.signed_order(payer.handset, order, forging.encode(said))
        bout.refused(f"an amount written {text!r}",
                     partial(forging.post_order, payer.handset, sent),
                     outside="amount.malformed", inside="amount.malformed")  # fmt: skip


def _strangers(bout: Bout, handset: Handset, order: Order) -> None:
    """Proofs, session requests and enrolments whose claims are broken; a few of each."""
    grant = handset.grant or handset.open_session()
    sealed = forging.seal(handset, forging.sign(handset, forging.encode(
        forging.claims(handset, order))))  # fmt: skip
    honest = proof_payload(handset, grant)
    session = forging.session_claims(handset, handset.challenge())
    for what, twice in (("a member twice", True), ("an unknown member", False)):
        extra = b',"iat":0}' if twice else b',"x":0}'
        proof = proofs.sign_proof(honest[:-1] + extra, key=handset.keys.session)
        shown = proofs.proof_headers(grant=grant.grant, proof=proof) | forging.SENDS_JOSE
        bout.refused(f"proof: {what}", partial(forging.post, handset, order, sealed, shown),
                     outside=GRANT, inside="proof.refused json")  # fmt: skip
        token = writing.sign_session(
            session[:-1] + extra, key=handset.keys.session, device=handset.bound().device
        )
        bout.refused(f"session: {what}", partial(forging.post_session, handset, token),
                     outside=ENROLMENT, inside="enrolment.refused json")  # fmt: skip
        inner = writing.sign_enrolment(session[:-1] + extra, key=handset.keys.session)
        enrolment = forging.seal(handset, inner, typ="tallystick-enrolment+jwe")
        bout.refused(f"enrolment: {what}",
                     partial(forging.post_sealed_enrolment, handset, enrolment),
                     outside=ENROLMENT, inside="enrolment.refused json")  # fmt: skip


def damage_seals(bout: Bout) -> None:
    """Seals are damaged in each of their parts."""
    payer, payee = bout.pair()
    handset, order = payer.handset, bout.order(payer, payee)
    token = forging.sign(handset, forging.encode(forging.claims(handset, order)))
    with bout.unmoved(payer, payee):
        for what, body, why in _damaged(forging.seal(handset, token).decode("ascii")):
            bout.refused(what, partial(forging.post, handset, order, body), outside=MESSAGE,
                         inside=f"message.refused {why}")  # fmt: skip
        for what, inner, why in (
            ("nothing inside", b"", "parts"),
            ("octets inside", bytes(range(256)), "json"),
            ("a seal inside the seal", forging.seal(handset, token), "parts"),
            ("a signed token cut short", token.encode()[:-2], "parts"),
            ("a signed token of two parts", token.rpartition(".")[0].encode(), "parts"),
            ("a signed token of four parts", token.encode() + b".AA", "parts"),
        ):
            body = forging.seal(handset, inner)
            bout.refused(what, partial(forging.post, handset, order, body), outside=MESSAGE,
                         inside=f"message.refused {why}")  # fmt: skip
    bout.pay(payer, payee, bout.cast.unit_minor)


def _damaged(sealed: str) -> Iterator[tuple[str, bytes, str]]:
    """What, the damaged body, the reason inside."""
    parts = sealed.split(".")
    for place, name, why in ((2, "the vector", "tag"), (3, "the ciphertext", "tag"),
                             (4, "the tag", "tag")):  # fmt: skip
        yield f"one bit of {name}", _with(parts, place, _flipped(parts[place])), why
    for place, name, why in ((0, "the header", "header.size"), (2, "the vector", "parts"),
                             (3, "the ciphertext", "tag"), (4, "the tag", "parts")):  # fmt: skip
        yield f"{name} left out", _with(parts, place, ""), why
    yield "the header of another message", _with(parts, 0, parts[0][:-4] + "AAAA"), "json"
    yield "an encrypted key", _with(parts, 1, "AAAA"), "parts"
    yield "a longer vector", _with(parts, 2, parts[2] + "AAAA"), "parts"
    yield "a longer tag", _with(parts, 4, parts[4] + "AAAA"), "parts"
    yield "a shorter ciphertext", _with(parts, 3, _shorter(parts[3])), "tag"
    yield (
        "vector and tag exchanged",
        ".".join((parts[0], "", parts[4], parts[3], parts[2])).encode(),
        "parts",
    )
    for what, text, why in (
        ("padding", parts[4] + "==", "base64url"),
        ("a line end", parts[4] + "\n", "base64url"),
        ("the other alphabet", "+/" + parts[4][2:], "base64url"),
        ("another spelling of the last character", parts[4][:-1] + "B", "base64url"),
    ):
        yield f"the tag with {what}", _with(parts, 4, text), why
    yield "four parts", ".".join(parts[:4]).encode(), "parts"
    yield "six parts", (sealed + ".AA").encode(), "parts"
    yield "nothing", b"", "parts"
    yield "dots alone", b"....", "header.size"
    yield "octets that are no text", b"\xff\xfe" + sealed.encode()[2:], "parts"
    yield "JSON in place of the compact form", forging.encode({"protected": parts[0]}), "parts"


def _with(parts: list[str], place: int, text: str) -> bytes:
    return ".".join((*parts[:place], text, *parts[place + 1 :])).encode()


def _flipped(text: str) -> str:
    """The first octet changed by one bit, still in its one spelling."""
    octets = from_base64url(text)
    return to_base64url(bytes([octets[0] ^ 1]) + octets[1:])


def _shorter(text: str) -> str:
    """One octet less, still in its one spelling."""
    return to_base64url(from_base64url(text)[:-1])
