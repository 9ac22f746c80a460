"""A partner's client of the Mobile Money API, in this process."""

from __future__ import annotations

import json
import uuid
from collections.abc import Mapping
from typing import Any

import httpx

from tallystick.serve.connections import MobileMoneyTable
from tallystick.serve.mobile_money import application
from tallystick.testing import InProcess
from tests.partners import Server, server
from tests.stage import Stage

ADDRESS = "http://mm.example"
OUTSIDE = "93.184.215.14"


def outside(host: str, port: int) -> list[str]:
    """A resolver by which `inside...` leads home and everything else to the open internet."""
    return ["10.1.2.3"] if host.startswith("inside") else [OUTSIDE]


class Client:
    """Keeps a token and sends orders as a partner does."""

    def __init__(self, stage: Stage, partner: Server, **options: Any) -> None:
        deliver = options.pop("deliver", None)
        table = MobileMoneyTable(listen_at="127.0.0.1:0", **options)
        self.stage, self.partner, self.prefix = stage, partner, table.prefix
        self.transport = InProcess(
            application(stage.platform.partners, table, resolver=outside, deliver=deliver)
        )
        self.http = httpx.Client(transport=self.transport, base_url=ADDRESS)
        self.token_path = table.token_path
        self.token = ""

    def close(self) -> None:
        self.http.close()
        self.transport.close()

    def grant(self, secret: str | None = None, client: str | None = None) -> httpx.Response:
        made = self.partner.made
        shown = made.client_secret.reveal().decode() if secret is None else secret
        return self.http.post(
            self.token_path,
            data={"grant_type": "client_credentials"},
            auth=(client or self.partner.id, shown),
        )

    def ask(
        self,
        method: str,
        path: str,
        body: object = None,
        *,
        id: str | None = None,  # noqa: A002
        content: bytes | None = None,
        **headers: str,
    ) -> httpx.Response:
        if not self.token:
            self.token = self.grant().json()["access_token"]
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        sent = {"Authorization": f"Bearer {self.token}"} | named
        if method == "POST":
            sent |= {"X-CorrelationID": id or str(uuid.uuid4()), "Content-Type": "application/json"}
        octets = content if content is not None else b""
        if body is not None:
            octets = json.dumps(body).encode()
        return self.http.request(method, f"{self.prefix}{path}", content=octets, headers=sent)

    def post(self, kind: str, body: Mapping[str, Any], **more: Any) -> httpx.Response:
        return self.ask("POST", f"/transactions/type/{kind}", body, **more)

    def state(self, answer: httpx.Response) -> dict[str, Any]:
        """The request state behind a 202."""
        assert answer.status_code == 202, answer.text
        name = answer.json()["serverCorrelationId"]
        found: dict[str, Any] = self.ask("GET", f"/requeststates/{name}").json()
        return found


def wallet(account: str) -> list[dict[str, str]]:
    return [{"key": "walletid", "value": account}]


def client(stage: Stage, *, minor: int = 1_000_000, **options: Any) -> Client:
    scopes = options.pop("scopes", None)
    more = {} if scopes is None else {"scopes": scopes}
    return Client(stage, server(stage, minor=minor, **more), **options)


def error(answer: httpx.Response) -> tuple[int, str, str]:
    plain = answer.json()
    return answer.status_code, plain["errorCategory"], plain["errorCode"]
