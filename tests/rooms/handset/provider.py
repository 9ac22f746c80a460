"""An in-memory provider for the handset's tests, built on joserfc as an independent oracle.

It holds no policy: it checks what the wire page says about shape and proof, moves numbers between
accounts and answers. `tamper_*` hooks alter what it would say, one thing at a time.
"""

import hashlib
import json
import secrets
from dataclasses import dataclass, field
from urllib.parse import parse_qs

import httpx
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from joserfc import jwe, jws
from joserfc.jwk import ECKey

from tests.rooms.handset.logs import NoteSigner, consistency, inclusion
from tests.rooms.handset.shapes import (
    JWE_ALGORITHMS,
    b64,
    canonical,
    public_jwk,
    signed_code,
    unb64,
    verify_p1363,
)

BASE = "http://provider.example:8080"


NOT_SAID = (
    "payer", "payee", "amount_minor", "currency", "instruction", "fee_minor", "postings",
)  # fmt: skip


@dataclass
class Problem(Exception):
    status: int
    code: str


@dataclass
class Bound:
    device: str
    customer: str
    account: str
    keys: dict
    pin: str
    counter: int = 0


@dataclass
class FakeProvider:
    """`clock` is shared with the handset. Activation codes: customer, account, balance in minor."""

    clock: object
    service: str = "test"
    activations: dict = field(default_factory=lambda: {"ABCD-EFGH-JKLM": ("c-1", "a-1", 500_000)})
    tamper_leaf: object = staticmethod(lambda leaf: leaf)
    tamper_plaintext: object = staticmethod(lambda plaintext: plaintext)
    tamper_statement: object = staticmethod(lambda octets: octets)
    tamper_response: object = staticmethod(lambda path, response: response)

    def __post_init__(self):
        self.message_key = ECKey.generate_key("P-256", private=True)
        self.pin_key = ECKey.generate_key("P-256", private=True)
        self.qr_key = Ed25519PrivateKey.generate()
        self.signer = NoteSigner(f"tallystick/{self.service}/evidence")
        self.leaves = [b"the platform was opened"]
        self.challenges, self.grants, self.devices = set(), {}, {}
        self.balances, self.proofs_seen, self.answers, self.seen = {}, set(), {}, []
        self.grant_lifetime_ms = 900_000
        self.transport = httpx.MockTransport(self.handle)

    # ---- HTTP --------------------------------------------------------------------------------

    def handle(self, request):
        path = request.url.path
        self.seen.append((request.method, path))
        try:
            response = self.routes()[request.method, path](request)
        except Problem as problem:
            response = self.problem(problem)
        return self.tamper_response(path, response)

    def routes(self):
        return {
            ("GET", "/v1/service"): self.get_service,
            ("POST", "/v1/challenges"): self.post_challenge,
            ("POST", "/v1/enrolments"): self.post_enrolment,
            ("POST", "/v1/sessions"): self.post_session,
            ("POST", "/v1/messages"): self.post_message,
            ("GET", "/v1/consistency"): self.get_consistency,
        }

    @staticmethod
    def problem(problem):
        body = {"type": "about:blank", "title": "Refused", "status": problem.status}
        return httpx.Response(
            problem.status,
            headers={"content-type": "application/problem+json"},
            content=json.dumps({**body, "code": problem.code}).encode(),
        )

    def get_service(self, request):
        statement = canonical(
            {
                "audience": f"tallystick:{self.service}",
                "policy": "sha256:" + "1" * 64,
                "currency": "KES",
                "fees": [],
                "keys": {
                    "message": public_jwk(self.message_key),
                    "pin": public_jwk(self.pin_key),
                    "qr": {
                        "kty": "OKP",
                        "crv": "Ed25519",
                        "x": b64(
                            self.qr_key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
                        ),
                    },
                },
                "origin": self.signer.name,
            }
        )
        signature = self.signer.private.sign(b"tallystick-statement\n" + statement)
        said = {"statement": b64(self.tamper_statement(statement)), "signature": b64(signature)}
        return httpx.Response(200, json=said)

    def post_challenge(self, request):
        assert request.content == b""
        challenge = secrets.token_urlsafe(24)
        self.challenges.add(challenge)
        return httpx.Response(
            200, json={"challenge": challenge, "expires_ms": self.clock.now_ms() + 20_000}
        )

    def get_consistency(self, request):
        query = parse_qs(request.url.query.decode())
        old, new = int(query["from"][0]), int(query["to"][0])
        path = [b64(node) for node in consistency(old, self.leaves[:new])]
        return httpx.Response(200, json={"path": path})

    # ---- enrolment and session ----------------------------------------------------------------

    def open_token(self, request, *, kind):
        assert request.headers["content-type"] == "application/jose"
        opened = jwe.decrypt_compact(request.content, self.message_key, algorithms=JWE_ALGORITHMS)
        header = opened.headers()
        epk = header.pop("epk")
        assert set(epk) == {"kty", "crv", "x", "y"}
        assert header == {
            "alg": "ECDH-ES",
            "enc": "A256GCM",
            "kid": self.message_key.thumbprint(),
            "typ": f"{kind}+jwe",
            "cty": "JWT",
        }
        return opened.plaintext

    def post_enrolment(self, request):
        token = self.open_token(request, kind="tallystick-enrolment")
        jwk = json.loads(unb64(token.decode().split(".")[0]))["jwk"]
        signed = jws.deserialize_compact(token, ECKey.import_key(jwk), algorithms=["ES256"])
        assert signed.headers() == {"alg": "ES256", "typ": "tallystick-enrolment+jws", "jwk": jwk}
        said = json.loads(signed.payload)
        assert set(said) == {
            *("aud", "iat", "jti", "challenge", "activation", "keys", "possession"),
            *("attestation", "application", "pin"),
        }
        assert said["aud"] == f"tallystick:{self.service}"
        assert said["iat"] == self.clock.now_ms() // 1000
        assert said["keys"]["session"] == jwk
        if said["challenge"] not in self.challenges or said["activation"] not in self.activations:
            raise Problem(403, "enrolment.refused")
        self.challenges.remove(said["challenge"])
        part = ECKey.import_key(jwk).thumbprint()
        possession = f"tallystick-enrolment.{said['challenge']}.{part}".encode()
        verify_p1363(said["keys"]["signature"], possession, unb64(said["possession"]))
        customer, account, balance = self.activations.pop(said["activation"])
        bound = Bound(
            f"d-{len(self.devices) + 1}",
            customer,
            account,
            said["keys"],
            self.read_pin(said["pin"], request=said["jti"], part=part),
        )
        self.devices[bound.device] = bound
        self.balances[account] = balance
        leaf = self.leaf(said["jti"], "device.enrol", device=bound.device)
        data = {"device": bound.device, "customer": customer, "account": account}
        return self.sealed(bound, self.append(leaf), {**data, "role": "customer"})

    def read_pin(self, token, *, request, part):
        opened = jwe.decrypt_compact(token, self.pin_key, algorithms=JWE_ALGORITHMS)
        header = opened.headers()
        header.pop("epk")
        assert header == {
            "alg": "ECDH-ES",
            "enc": "A256GCM",
            "kid": self.pin_key.thumbprint(),
            "typ": "tallystick-pin+jwe",
        }
        field_octets, binding = opened.plaintext[:8], opened.plaintext[8:]
        assert binding == hashlib.sha256(f"tallystick-pin.{request}.{part}".encode()).digest()
        digits = field_octets.hex()
        assert digits[0] == "2"
        length = int(digits[1], 16)
        assert digits[2 + length :] == "f" * (14 - length)
        return digits[2 : 2 + length]

    def post_session(self, request):
        assert request.headers["content-type"] == "application/jose"
        device = json.loads(unb64(request.content.decode().split(".")[0]))["kid"]
        bound = self.devices[device]
        key = ECKey.import_key(bound.keys["session"])
        signed = jws.deserialize_compact(request.content, key, algorithms=["ES256"])
        assert signed.headers() == {"alg": "ES256", "typ": "tallystick-session+jws", "kid": device}
        said = json.loads(signed.payload)
        assert set(said) == {"aud", "iat", "jti", "challenge", "application"}
        assert set(said["application"]) == {"version", "build", "debuggable", "rooted"}
        if said["challenge"] not in self.challenges:
            raise Problem(403, "enrolment.refused")
        self.challenges.remove(said["challenge"])
        grant = secrets.token_urlsafe(32)
        expires_ms = self.clock.now_ms() + self.grant_lifetime_ms
        self.grants[grant] = (device, expires_ms)
        return httpx.Response(
            200, json={"grant": grant, "expires_ms": expires_ms, "counter": bound.counter}
        )

    # ---- messages -----------------------------------------------------------------------------

    def check_proof(self, request):
        scheme, _, grant = request.headers["authorization"].partition(" ")
        assert scheme == "DPoP"
        if grant not in self.grants or self.grants[grant][1] <= self.clock.now_ms():
            raise Problem(401, "grant.refused")
        bound = self.devices[self.grants[grant][0]]
        proof = request.headers["dpop"]
        key = ECKey.import_key(bound.keys["session"])
        signed = jws.deserialize_compact(proof, key, algorithms=["ES256"])
        assert signed.headers() == {
            "typ": "dpop+jwt",
            "alg": "ES256",
            "jwk": bound.keys["session"],
        }
        said = json.loads(signed.payload)
        assert said.pop("jti") not in self.proofs_seen
        assert said == {
            "htm": "POST",
            "htu": f"{BASE}/v1/messages",
            "iat": self.clock.now_ms() // 1000,
            "ath": b64(hashlib.sha256(grant.encode()).digest()),
        }
        self.proofs_seen.add(proof)
        return bound

    def post_message(self, request):
        bound = self.check_proof(request)
        token = self.open_token(request, kind="tallystick-message")
        key = ECKey.import_key(bound.keys["session"])
        signed = jws.deserialize_compact(token, key, algorithms=["ES256"])
        assert signed.headers() == {
            "alg": "ES256",
            "typ": "tallystick-message+jws",
            "kid": bound.device,
        }
        said = json.loads(signed.payload)
        assert set(said) == {"aud", "url", "iat", "jti", "ctr", "op", "body"}
        assert said["url"] == "/v1/messages"
        if said["ctr"] <= bound.counter:
            raise Problem(400, "message.refused")
        bound.counter = said["ctr"]
        order = canonical([said["op"], said["body"]])
        if said["jti"] not in self.answers:
            leaf, data = self.execute(bound, said)
            self.answers[said["jti"]] = (order, self.append(leaf), data)
        first, index, data = self.answers[said["jti"]]
        if first != order:
            raise Problem(409, "request.conflict")
        return self.sealed(bound, index, data)

    def execute(self, bound, said):
        operation, body, request = said["op"], said["body"], said["jti"]
        if "transaction_data" in body:
            return self.pay(bound, operation, body, request)
        leaf = self.leaf(request, operation, device=bound.device)
        if operation in ("funds.confirm", "emoney.issue"):
            leaf |= {"amount_minor": round(float(body["amount"]) * 100), "currency": "KES"}
            leaf["payee"] = body.get("account")
        return leaf, self.data(bound, operation)

    def data(self, bound, operation):
        line = {"at": "2026-01-31T12:00:00Z", "kind": "transfer", "amount": "-1.00"}
        line |= {"balance": "4.00", "counterparty": "a-2", "reference": None, "payment": None}
        balance = f"{self.balances[bound.account] / 100:.2f}"
        return {
            "banking.balance": {"currency": "KES", "available": balance, "reserved": "0.00"},
            "banking.statement": {"lines": [line], "next": None},
            "customer.register": {
                "customer": "c-9",
                "account": "a-9",
                "activation": "AAAA-BBBB-CCCC",
                "qr": None,
            },
        }.get(operation)

    def pay(self, bound, operation, body, request):
        data = body["transaction_data"]
        verify_p1363(bound.keys["signature"], data.encode(), unb64(body["intent"]))
        said = json.loads(unb64(data))
        assert said["credential_ids"] == [bound.device]
        payload = said["payload"]
        assert payload["transaction_id"] == request
        minor = round(float(payload["amount"]) * 100)
        leaf = self.leaf(request, operation, device=bound.device)
        leaf |= {
            "payer": bound.account,
            "payee": payload["payee"]["id"],
            "amount_minor": minor,
            "currency": payload["currency"],
            "instruction": f"sha256:{hashlib.sha256(data.encode()).hexdigest()}",
        }
        part = ECKey.import_key(bound.keys["session"]).thumbprint()
        pin = body["pin"] and self.read_pin(body["pin"], request=request, part=part)
        if minor > 100_000 and pin != bound.pin:
            return {**leaf, "outcome": "refused", "code": "customer.not_verified"}, None
        if minor > self.balances[bound.account]:
            leaf = {**leaf, "payee": None, "outcome": "refused"}
            return {**leaf, "code": "funds.insufficient"}, None
        self.balances[bound.account] -= minor
        return leaf, None

    # ---- answers ------------------------------------------------------------------------------

    def leaf(self, request, operation, *, device):
        nothing = dict.fromkeys(NOT_SAID)
        return {
            "v": 2,
            "request": request,
            "operation": operation,
            "outcome": "accepted",
            "code": "ok",
            "device": device,
            **nothing,
            "at_ms": self.clock.now_ms(),
            "policy": "sha256:" + "1" * 64,
            "tally": "sha256:" + "2" * 64,
        }

    def append(self, leaf):
        self.leaves.append(canonical(self.tamper_leaf(leaf)))
        return len(self.leaves) - 1

    def sealed(self, bound, index, data):
        plaintext = {
            "receipt": b64(self.leaves[index]),
            "inclusion": {
                "index": index,
                "size": len(self.leaves),
                "path": [b64(node) for node in inclusion(index, self.leaves)],
            },
            "checkpoint": self.signer.checkpoint(self.leaves),
            "data": data,
        }
        return self.seal(bound, json.dumps(self.tamper_plaintext(plaintext)).encode())

    @staticmethod
    def seal(bound, octets):
        key = ECKey.import_key(bound.keys["agreement"])
        header = {
            "alg": "ECDH-ES",
            "enc": "A256GCM",
            "kid": key.thumbprint(),
            "typ": "tallystick-answer+jwe",
        }
        token = jwe.encrypt_compact(header, octets, key, algorithms=JWE_ALGORITHMS)
        return httpx.Response(
            200, headers={"content-type": "application/jose"}, content=token.encode()
        )

    def code(self, account="a-2", name="Mama Njeri Shop", **other):
        return signed_code(self.qr_key, account=account, name=name, **other)
