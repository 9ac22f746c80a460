"""The payment cryptography wire on a real socket, and clients of it: boto3 as it is installed."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import os
import socket
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any
from urllib.parse import quote

import boto3
import uvicorn
from botocore.config import Config

from tallystick.crypto.key_blocks import (
    Exportability,
    KeyAlgorithm,
    KeyAttributes,
    KeyMode,
    KeyUsage,
)
from tallystick.crypto.keys import AccessKey, AccessRole, LifeState, ManagedKey, new_key_id
from tallystick.crypto.payment import PaymentModule
from tallystick.crypto.payment.making import symmetric_check_value
from tallystick.ground.secret import Secret
from tallystick.serve.payment_crypto import Names, Wire, opening
from tallystick.serve.payment_crypto.canonical import Request, canonical_request
from tallystick.serve.payment_crypto.shapes import planes
from tallystick.serve.payment_crypto.signature import SERVICE, signing_key
from tallystick.serve.writing import OneWrite

REGION = "us-east-1"
ACCOUNT = "111122223333"


def access_key(*roles: AccessRole, id: str = "TSAKAAAAAAAAAAAAAAAA") -> AccessKey:  # noqa: A002
    return AccessKey(
        id=id,
        name="a till",
        roles=frozenset(roles or AccessRole),
        created_ms=0,
        secret=Secret(b"wJalrXUtnFEMIK7MDENGbPxRfiCYEXAMPLEKEY"),
    )


def known_key(
    bench: Any, usage: str, algorithm: str, octets: bytes, mode: str = "N", **more: Any
) -> str:
    """Put a key whose octets a test knows into a bench; gives its resource name."""
    attributes = KeyAttributes(
        usage=KeyUsage(usage),
        algorithm=KeyAlgorithm(algorithm),
        mode=KeyMode(mode),
        exportability=Exportability.EXPORTABLE,
    )
    value, method = symmetric_check_value(attributes.algorithm, octets)
    record = ManagedKey(
        id=new_key_id(os.urandom(24)), revision=1, attributes=attributes, kind="symmetric",
        state=LifeState.ACTIVE, domain="test", label="", origin="created",
        created_ms=bench.clock.now_ms(), check_value=value, check_method=method, **more,
    )  # fmt: skip
    bench.keep(record, octets, act="create")
    return Names(region=REGION, account=ACCOUNT).arn(record.id)


class MemoryNotes:
    """Implements NoteStore in memory."""

    def __init__(self) -> None:
        self.notes: dict[tuple[str, str], str] = {}

    def read(self) -> list[tuple[str, str, str]]:
        return [(kind, name, text) for (kind, name), text in self.notes.items()]

    def write(self, kind: str, name: str, text: str | None) -> None:
        if text is None:
            self.notes.pop((kind, name), None)
        else:
            self.notes[kind, name] = text

    def close(self) -> None:
        """Nothing to let go of."""


def wire_over(
    module: PaymentModule, *keys: AccessKey, notes: Any = None, domain: str = "test"
) -> Wire:
    """The interface over a module; every answer is held to the model's output shape."""
    known = {key.id: key for key in keys or (access_key(),)}
    names = Names(region=REGION, account=ACCOUNT)
    wire = opening.application(
        module, notes or MemoryNotes(), lambda: known, names=names, domain=domain
    )
    wire._handlers = {name: _held(handler) for name, handler in wire._handlers.items()}
    return wire


def _held(handler: Any) -> Any:
    async def held(asked: Any) -> dict[str, Any]:
        told: dict[str, Any] = await handler(asked)
        flaws = planes()[asked.operation.plane].flaws(asked.operation.output, told)
        assert flaws == [], flaws
        return told

    return held


@contextmanager
def serving(application: Any) -> Iterator[str]:
    """Serve in a thread, the way the gates do; gives the base URL."""
    listener = socket.create_server(("127.0.0.1", 0))
    config = uvicorn.Config(
        application, loop="uvloop", http=OneWrite, access_log=False, log_level="error",
        server_header=False, proxy_headers=False, ws="none",
    )  # fmt: skip
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
    thread.start()
    try:
        while not server.started:
            time.sleep(0.01)
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join()
        listener.close()


def client(plane: str, url: str, key: AccessKey, **config: Any) -> Any:
    """An unmodified boto3 client of one plane: `control` or `data`."""
    service = "payment-cryptography" + ("-data" if plane == "data" else "")
    settings: dict[str, Any] = {"retries": {"max_attempts": 0}, **config}
    return boto3.Session().client(
        service,
        region_name=REGION,
        endpoint_url=url,
        aws_access_key_id=key.id,
        aws_secret_access_key=key.secret.reveal().decode(),
        config=Config(**settings),
    )


def signed_headers(
    key: AccessKey,
    body: bytes,
    *,
    path: str = "/",
    host: str = "127.0.0.1",
    at: float | None = None,
    region: str = REGION,
    extra: Mapping[str, str] | None = None,
) -> dict[str, str]:
    """Headers that sign a POST; for requests that boto3 would not send."""
    instant = time.strftime("%Y%m%dT%H%M%SZ", time.gmtime(at))
    headers = {"host": host, "x-amz-date": instant, **(extra or {})}
    named = [(name.encode(), value.encode()) for name, value in headers.items()]
    signed = sorted(headers)
    request = Request("POST", path.encode(), b"", named, body)
    hashed = hashlib.sha256(canonical_request(request, signed)).hexdigest()
    scope = f"{instant[:8]}/{region}/{SERVICE}/aws4_request"
    told = f"AWS4-HMAC-SHA256\n{instant}\n{scope}\n{hashed}".encode()
    secret = signing_key(key.secret, instant[:8], region, SERVICE)
    signature = hmac.digest(secret, told, "sha256").hex()
    authorization = (
        f"AWS4-HMAC-SHA256 Credential={key.id}/{scope}, "
        f"SignedHeaders={';'.join(signed)}, Signature={signature}"
    )
    return {**headers, "authorization": authorization}


def target(operation: str) -> dict[str, str]:
    return {
        "x-amz-target": f"PaymentCryptographyControlPlane.{operation}",
        "content-type": "application/x-amz-json-1.0",
    }


def keyed(identifier: str, verb: str) -> str:
    return f"/keys/{quote(identifier, safe='')}/{verb}"


def ask(
    application: Any, path: str, headers: Mapping[str, str], body: bytes
) -> tuple[int, dict[str, str], bytes]:
    """One request straight into the application: status, headers, body."""
    sent: list[dict[str, Any]] = []

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": body, "more_body": False}

    async def send(event: Any) -> None:
        sent.append(event)

    scope = {
        "type": "http",
        "method": "POST",
        "raw_path": path.encode(),
        "query_string": b"",
        "headers": [(name.encode(), value.encode("latin-1")) for name, value in headers.items()],
    }
    asyncio.run(application(scope, receive, send))
    told = {name.decode(): value.decode() for name, value in sent[0]["headers"]}
    return sent[0]["status"], told, sent[1]["body"]
