"""A hub on the stage of tests/stage.py: registered by staff, with a mailbox for what it is told."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any
from uuid import uuid4

import httpx
import pytest

from tallystick.assembly import Platform
from tallystick.crypto.keys import HubKeys
from tallystick.crypto.keys.hub_file import create_hub_keys
from tallystick.crypto.mechanisms import RsaSigningKey
from tallystick.ground.identifiers import DeviceId
from tallystick.serve import application
from tallystick.serve.interop import Hub, hub_application
from tallystick.serve.interop.amounts import write_date
from tallystick.serve.interop.headers import media_type
from tallystick.serve.interop.jws import sign_request
from tallystick.testing import InProcess
from tests.partners import Server, server
from tests.stage import ADDRESS, Person, Stage

BEN, NOBODY, FAR = "254700000001", "254700000009", "44123456789"
OURS, THEIRS = "userdfsp", "testingtoolkitdfsp"
STRANGER, SWITCH = "otherfsp", "switch"
"""Another participant, and the hub itself; for the tests all of them sign with one key."""
HUB_URL = "http://hub.example"
WAIT_S = 10.0


@cache
def our_keys() -> HubKeys:
    return create_hub_keys()


@cache
def their_key() -> RsaSigningKey:
    return RsaSigningKey.generate()


@dataclass(slots=True)
class Mail:
    """One request that the hub was sent."""

    method: str
    path: str
    headers: Mapping[str, str]
    octets: bytes

    @property
    def body(self) -> dict[str, Any]:
        said: dict[str, Any] = json.loads(self.octets)
        return said

    @property
    def error(self) -> str:
        return str(self.body["errorInformation"]["errorCode"])


@dataclass(slots=True)
class Mailbox(httpx.AsyncBaseTransport):
    """Takes what is sent to the hub. `answer` says with which status."""

    mails: list[Mail] = field(default_factory=list)
    answer: Callable[[Mail], int] = lambda mail: 202 if mail.method != "PUT" else 200

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        mail = Mail(request.method, request.url.path, dict(request.headers), await request.aread())
        status = self.answer(mail)
        if status < 300:
            self.mails.append(mail)
        return httpx.Response(status)

    def wait(self, method: str, path: str) -> Mail:
        """The first mail of this kind, which is then gone; a test that waits in vain fails."""
        until = time.monotonic() + WAIT_S
        while time.monotonic() < until:
            for mail in self.mails:
                if (mail.method, mail.path) == (method, path):
                    self.mails.remove(mail)
                    return mail
            time.sleep(0.005)
        raise AssertionError(f"no {method} {path} among {[(m.method, m.path) for m in self.mails]}")


class Both:
    """Handsets' edge and the hub's interface of one platform, on one loop as in a real server."""

    def __init__(self, platform: Platform, hub: Hub, **more: Any) -> None:
        self._own = application(platform, public_url=ADDRESS)
        self._hub = hub_application(platform, hub, **more)

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "lifespan":
            async with self._hub.router.lifespan_context(self._hub):
                await self._own(scope, receive, send)
        elif scope["path"].startswith("/v1/"):
            await self._own(scope, receive, send)
        else:
            await self._hub(scope, receive, send)


class Scheme:
    """One platform as a participant, and the hub's side of the conversation."""

    def __init__(self, stage: Stage, *, minor: int = 1_000_000, **changes: Any) -> None:
        self.stage, self.box = stage, Mailbox()
        scopes = ("pay", "hold", "settle", "request")
        self.principal: Server = server(
            stage, "Hub of the scheme", role="hub", minor=minor, scopes=scopes
        )
        usual: dict[str, Any] = {
            "principal": DeviceId(self.principal.id),
            "fsp": OURS,
            "url": HUB_URL,
            "currency": stage.policy.currency,
            "keys": our_keys(),
            "peers": dict.fromkeys((THEIRS, STRANGER, SWITCH), their_key().public),
        }
        self.hub = Hub(**usual | changes)
        self.open()

    def open(self) -> None:
        """Serve handsets and hub from here on through one application."""
        self.stage.transport.close()
        both = Both(self.stage.platform, self.hub, clock=self.stage.clock, transport=self.box)
        self.stage.transport = InProcess(both)
        self.stage._staff.clear()
        self.client = httpx.Client(transport=self.stage.transport, base_url="http://us.example")

    # ---- what the hub says ----------------------------------------------------------------------

    def say(
        self, method: str, path: str, body: Any = None, *, sign: bool = True, **changes: Any
    ) -> httpx.Response:
        """One request of the other participant, signed like a real one."""
        resource, signed = path.split("/")[1], changes.pop("signed_path", path)
        media = media_type(resource, changes.pop("version", "1.1"))
        octets = b"" if body is None else json.dumps(body).encode()
        headers = {
            "content-type": media,
            "date": write_date(self.stage.clock.now_ms()),
            "fspiop-source": THEIRS,
            "fspiop-destination": OURS,
        }
        if method in ("GET", "POST"):
            headers["accept"] = media
        headers |= {name.replace("_", "-"): text for name, text in changes.items()}
        headers = {name: text for name, text in headers.items() if text is not None}
        if sign:
            headers["fspiop-http-method"] = method
            if signed == path:
                headers["fspiop-uri"] = path
            headers["fspiop-signature"] = sign_request(
                their_key(), method=method, path=signed, headers=headers, body=octets
            )
        return self.client.request(method, path, headers=headers, content=octets)

    def accepted(self, method: str, path: str, body: Any = None, **changes: Any) -> None:
        answer = self.say(method, path, body, **changes)
        assert answer.status_code in (200, 202), answer.text

    def quote(self, number: str, amount: str, **changes: Any) -> Mail:
        """Ask for a quote; the callback."""
        said = quote_body(number, amount, self.hub.currency) | changes
        self.accepted("POST", "/quotes", said)
        return self.wait("PUT", f"/quotes/{said['quoteId']}")

    def wait(self, method: str, path: str) -> Mail:
        """A callback or its error."""
        until = time.monotonic() + WAIT_S
        while time.monotonic() < until:
            for mail in self.box.mails:
                if mail.method == method and mail.path in (path, f"{path}/error"):
                    self.box.mails.remove(mail)
                    return mail
            time.sleep(0.005)
        raise AssertionError(f"no {method} {path}: {[(m.method, m.path) for m in self.box.mails]}")

    def transfer_body(self, offer: Mail, **changes: Any) -> dict[str, Any]:
        terms = offer.body
        said = {
            "transferId": str(uuid4()),
            "payerFsp": THEIRS,
            "payeeFsp": OURS,
            "amount": terms["transferAmount"],
            "expiration": terms["expiration"],
            "ilpPacket": terms["ilpPacket"],
            "condition": terms["condition"],
        }
        return said | changes

    def transfer(self, said: Mapping[str, Any]) -> Mail:
        """Send a transfer; the callback."""
        self.accepted("POST", "/transfers", said)
        return self.wait("PUT", f"/transfers/{said['transferId']}")


def quote_body(number: str, amount: str, currency: str) -> dict[str, Any]:
    return {
        "quoteId": str(uuid4()),
        "transactionId": str(uuid4()),
        "payer": {
            "partyIdInfo": {
                "partyIdType": "MSISDN",
                "partyIdentifier": "44123456789",
                "fspId": THEIRS,
            },
            "name": "Mary Njeri",
        },
        "payee": {
            "partyIdInfo": {"partyIdType": "MSISDN", "partyIdentifier": number, "fspId": OURS}
        },
        "amountType": "SEND",
        "amount": {"amount": amount, "currency": currency},
        "transactionType": {
            "scenario": "TRANSFER",
            "initiator": "PAYER",
            "initiatorType": "CONSUMER",
        },
    }


def reachable(
    stage: Stage, name: str, number: str, *, minor: int = 0, role: str = "customer"
) -> Person:
    """A customer whom others find by a phone number."""
    answer = stage.staff("backoffice").handset.register_customer(
        name=name,
        born="1990-01-01",
        country="KE",
        document=f"B{stage.platform.evidence.size():06d}",
        role=role,
        tier="tier2",
        msisdn=number,
    )
    assert answer.accepted, answer.code
    assert answer.data is not None
    person = Person(stage.enrolled(str(answer.data["activation"])), name)
    if minor:
        stage.fund(person, minor)
    return person


@pytest.fixture
def ben(stage: Stage) -> Person:
    """Somebody with nothing yet, whom others find by a phone number."""
    return reachable(stage, "Ben Kamau", BEN)


@pytest.fixture
def scheme(stage: Stage, ben: Person) -> Scheme:
    """A hub with 10,000.00 KES on its account here."""
    return Scheme(stage)
