"""The payment cryptography wire: an unmodified AWS client, and what the service could do besides.

The service and its module run in processes of their own, so with the client three processes share
the machine. Every request translates a PIN. `bare client` sends requests that were signed before:
its rate is the service's own. The AWS client builds, signs, sends and reads each anew.
"""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
import multiprocessing
import os
import socket
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import uvicorn

from tallystick.assembly import create_payment_home, open_key_notes, open_payment_module
from tallystick.crypto.keys import AccessKey, AccessRole
from tallystick.ground.secret import Secret
from tallystick.serve.payment_crypto import Names, application
from tallystick.serve.payment_crypto.canonical import Request, canonical_request
from tallystick.serve.payment_crypto.signature import SERVICE, Verifier, signing_key
from tallystick.serve.writing import OneWrite

REGION, ACCOUNT, PAN = "us-east-1", "111122223333", "4123412341234127"
SECONDS, CONNECTIONS = 2.0, 16
KEY = AccessKey(
    id="TSAKBENCHMARKBENCHMA",
    name="benchmark",
    roles=frozenset(AccessRole),
    created_ms=0,
    secret=Secret(b"wJalrXUtnFEMIK7MDENGbPxRfiCYEXAMPLEKEY"),
)
BOTH = {"Encrypt": True, "Decrypt": True, "Wrap": True, "Unwrap": True}


def rows() -> Iterator[tuple[str, float, str]]:
    """What was measured, how many a second, and a remark."""
    yield "Signature V4 verified", _verifications(), "one core"
    with tempfile.TemporaryDirectory() as folder, _service(Path(folder)) as url:
        asked = _translation(url)
        bare = _bare(url, asked, connections=1)
        yield "translate, bare client, one connection", bare, ""
        full = _bare(url, asked, connections=CONNECTIONS)
        yield f"translate, bare client, {CONNECTIONS} connections", full, "what the service can do"
        boto = _rate(lambda: _client("payment-cryptography-data", url).translate_pin_data(**asked))
        yield "translate, AWS client, one thread", boto, f"{full / boto:.1f} such clients fill it"
        nothing = _rate(lambda: _client("payment-cryptography", url).get_alias(AliasName="alias/a"))
        yield (
            "get_alias, AWS client, one thread",
            nothing,
            "no crypto module: the client's own pace",
        )


def _verifications() -> float:
    request = _signed("127.0.0.1", b"x" * 300, "/pindata/translate")
    verifier = Verifier(lambda: {KEY.id: KEY}, region=REGION)
    return _rate(lambda: verifier.verify(request))


def _rate(work: Callable[[], object]) -> float:
    work()
    count, start = 0, time.perf_counter()
    while time.perf_counter() - start < SECONDS:
        work()
        count += 1
    return count / (time.perf_counter() - start)


@contextmanager
def _service(folder: Path) -> Iterator[str]:
    """The service over a fresh home, in a process of its own."""
    passphrase = os.urandom(16).hex().encode()
    create_payment_home(folder, Secret(passphrase))
    listener = socket.create_server(("127.0.0.1", 0))
    process = multiprocessing.get_context("fork").Process(
        target=_serve, args=(listener, folder, passphrase)
    )
    process.start()
    url = f"http://127.0.0.1:{listener.getsockname()[1]}"
    listener.close()
    try:
        yield url
    finally:
        process.terminate()
        process.join()


def _serve(listener: socket.socket, folder: Path, passphrase: bytes) -> None:
    names = Names(region=REGION, account=ACCOUNT)
    with (
        open_payment_module(folder, Secret(passphrase)) as module,
        closing(open_key_notes(folder)) as notes,
    ):
        wire = application(module, notes, lambda: {KEY.id: KEY}, names=names)
        config = uvicorn.Config(
            wire, loop="uvloop", http=OneWrite, access_log=False, log_level="error", ws="none",
            server_header=False, proxy_headers=False,
        )  # fmt: skip
        uvicorn.Server(config).run(sockets=[listener])


_clients: dict[tuple[str, str], Any] = {}


def _client(service: str, url: str) -> Any:
    import boto3

    known = _clients.get((service, url))
    if known is None:
        known = _clients[service, url] = boto3.Session().client(
            service,
            region_name=REGION,
            endpoint_url=url,
            aws_access_key_id=KEY.id,
            aws_secret_access_key=KEY.secret.reveal().decode(),
        )
    return known


def _translation(url: str) -> dict[str, Any]:
    """Keys, a PIN block, and the members of a request that translates it."""
    control = _client("payment-cryptography", url)

    def make(usage: str, algorithm: str, modes: dict[str, bool]) -> str:
        attributes = {
            "KeyUsage": usage, "KeyClass": "SYMMETRIC_KEY", "KeyAlgorithm": algorithm,
            "KeyModesOfUse": modes,
        }  # fmt: skip
        return str(control.create_key(KeyAttributes=attributes, Exportable=False)["Key"]["KeyArn"])

    incoming = make("TR31_P0_PIN_ENCRYPTION_KEY", "TDES_3KEY", BOTH)
    outgoing = make("TR31_P0_PIN_ENCRYPTION_KEY", "AES_128", BOTH)
    checking = make("TR31_V2_VISA_PIN_VERIFICATION_KEY", "TDES_2KEY", {"Generate": True})
    control.create_alias(AliasName="alias/a", KeyArn=incoming)
    made = _client("payment-cryptography-data", url).generate_pin_data(
        GenerationKeyIdentifier=checking,
        EncryptionKeyIdentifier=incoming,
        GenerationAttributes={"VisaPin": {"PinVerificationKeyIndex": 1}},
        PrimaryAccountNumber=PAN,
        PinBlockFormat="ISO_FORMAT_0",
    )
    account = {"PrimaryAccountNumber": PAN}
    return {
        "IncomingKeyIdentifier": incoming,
        "OutgoingKeyIdentifier": outgoing,
        "IncomingTranslationAttributes": {"IsoFormat0": account},
        "OutgoingTranslationAttributes": {"IsoFormat4": account},
        "EncryptedPinBlock": made["EncryptedPinBlock"],
    }


def _signed(host: str, body: bytes, path: str) -> Request:
    instant = time.strftime("%Y%m%dT%H%M%SZ", time.gmtime())
    headers = [(b"host", host.encode()), (b"x-amz-date", instant.encode())]
    request = Request("POST", path.encode(), b"", headers, body)
    hashed = hashlib.sha256(canonical_request(request, ["host", "x-amz-date"])).hexdigest()
    scope = f"{instant[:8]}/{REGION}/{SERVICE}/aws4_request"
    told = f"AWS4-HMAC-SHA256\n{instant}\n{scope}\n{hashed}".encode()
    key = signing_key(KEY.secret, instant[:8], REGION, SERVICE)
    signature = hmac.digest(key, told, "sha256").hex()
    authorization = (
        f"AWS4-HMAC-SHA256 Credential={KEY.id}/{scope}, SignedHeaders=host;x-amz-date, "
        f"Signature={signature}"
    )
    headers.append((b"authorization", authorization.encode()))
    return Request("POST", path.encode(), b"", headers, body)


def _bare(url: str, asked: dict[str, Any], *, connections: int) -> float:
    """Calls a second of connections that each send the same signed request again and again."""
    host = url.removeprefix("http://")
    request = _signed(host, json.dumps(asked).encode(), "/pindata/translate")
    lines = [b"POST /pindata/translate HTTP/1.1"]
    lines += [name + b": " + value for name, value in request.headers]
    lines += [b"content-length: " + str(len(request.body)).encode(), b"", b""]
    octets = b"\r\n".join(lines) + request.body
    return asyncio.run(_all(host, octets, connections))


async def _all(host: str, octets: bytes, connections: int) -> float:
    name, _, port = host.partition(":")
    start = time.perf_counter()
    counts = await asyncio.gather(
        *(_one(name, int(port), octets, start + SECONDS) for _ in range(connections))
    )
    return sum(counts) / (time.perf_counter() - start)


async def _one(host: str, port: int, octets: bytes, end: float) -> int:
    reader, writer = await asyncio.open_connection(host, port)
    count = 0
    while time.perf_counter() < end:
        writer.write(octets)
        head = await reader.readuntil(b"\r\n\r\n")
        assert head.startswith(b"HTTP/1.1 200"), head
        length = int(head.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0])
        await reader.readexactly(length)
        count += 1
    writer.close()
    return count


if __name__ == "__main__":
    for name, rate, remark in rows():
        print(f"{name:<46} {rate:>12,.0f} /s  {remark}")
