"""Whoever is not known: one answer, whatever is shown, and nobody is sent anywhere."""

from __future__ import annotations

import asyncio
import base64
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.postgres import Cluster
from tests.rooms.serve.mobile_money.client import Client, client
from tests.stage import Stage

ODD = ["", "\0", "a\0b", "é", "\u202e", "a" * 5_000, "' OR 1=1", "%00", "%", ":", "partner-1"]
texts = st.sampled_from(ODD) | st.text(max_size=20)


@pytest.fixture(scope="module")
def postgres_mm(
    postgres_cluster: Cluster, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Client]:
    """The interface over PostgreSQL, which cannot even be asked for a text that holds a NUL."""
    name = postgres_cluster.make_database()
    home: Path = tmp_path_factory.mktemp("strangers") / "home"
    with Stage(home, books=postgres_cluster.url(name)) as stage:
        made = client(stage)
        yield made
        made.close()
    postgres_cluster.drop_database(name)


def shown(*answers: Any) -> None:
    first = {name: text for name, text in answers[0].json().items() if name != "errorDateTime"}
    for answer in answers:
        told = {name: text for name, text in answer.json().items() if name != "errorDateTime"}
        assert (answer.status_code, told) == (401, first), answer.text


def ask_for_a_token(mm: Client, name: str, secret: str) -> Any:
    said = {"grant_type": "client_credentials", "client_id": name, "client_secret": secret}
    return mm.http.post(mm.token_path, json=said)


@settings(deadline=None, max_examples=40, suppress_health_check=list(HealthCheck))
@given(name=texts, secret=texts)
def test_credentials_of_nobody_have_one_answer(postgres_mm: Client, name: str, secret: str) -> None:
    mm = postgres_mm
    plain = base64.b64encode(f"{name}:{secret}".encode()).decode()
    form = {"grant_type": "client_credentials", "client_id": name, "client_secret": secret}
    known = ask_for_a_token(mm, mm.partner.id, "wrong")
    shown(
        known,
        ask_for_a_token(mm, name, secret),
        mm.http.post(mm.token_path, data=form),
        mm.http.get(f"{mm.prefix}/accounts/balance", headers={"Authorization": f"Basic {plain}"}),
        mm.http.get(f"{mm.prefix}/accounts/balance", headers={"Authorization": f"Bearer {plain}"}),
        mm.http.get(
            f"{mm.prefix}/accounts/balance",
            headers=[
                (b"X-Client-Id", name.replace("\0", "").encode() or b"a"),
                (b"X-API-Key", secret.replace("\0", "").encode() or b"a"),
            ],
        ),
    )


@pytest.mark.parametrize(
    "path",
    [
        "/transactions/{}", "/requeststates/{}", "/responses/{}", "/quotations/{}",
        "/batchtransactions/{}", "/accounts/msisdn/{}/status", "/accounts/walletid/{}/status",
        "/accounts/mandatereference/{}/status", "/accounts/walletid/x/authorisationcodes/{}",
        "/accounts/walletid/x/debitmandates/{}",
    ],
)  # fmt: skip
@pytest.mark.parametrize("name", ["%00", "a%00b", "%F0%9F%92%A9", "a" * 5_000, "%ED%A0%80"])
def test_what_can_be_no_name_is_not_found(postgres_mm: Client, path: str, name: str) -> None:
    answer = postgres_mm.ask("GET", path.format(name))
    assert answer.status_code == 404, answer.text


def test_nobody_is_sent_elsewhere(postgres_mm: Client) -> None:
    mm = postgres_mm
    for path in (f"{mm.prefix}/accounts/balance/", f"{mm.token_path}/", f"{mm.prefix}/"):
        assert mm.http.get(path, follow_redirects=False).status_code == 404


@pytest.mark.parametrize("length", [b"\xb2", b"-1", b"1e3", b"9" * 30, b"x"])
def test_a_length_that_is_none_is_refused(postgres_mm: Client, length: bytes) -> None:
    """A server in front reads it first; nothing depends on that."""

    async def ask() -> int:
        statuses: list[int] = []
        scope = {
            "type": "http", "http_version": "1.1", "method": "POST", "scheme": "http",
            "path": postgres_mm.token_path, "raw_path": b"", "query_string": b"", "root_path": "",
            "headers": [(b"content-length", length)], "server": ("x", 1), "client": ("y", 2),
        }  # fmt: skip

        async def receive() -> dict[str, Any]:
            return {"type": "http.request", "body": b"", "more_body": False}

        async def send(message: Any) -> None:
            if message["type"] == "http.response.start":
                statuses.append(message["status"])

        await postgres_mm.transport._application(scope, receive, send)
        return statuses[0]

    assert asyncio.run(ask()) == 413


def test_what_a_client_said_is_kept_in_short(postgres_mm: Client) -> None:
    answer = postgres_mm.ask("POST", "/quotations", {"x" * 20_000: 1})
    assert answer.status_code == 400
    assert len(answer.content) < 1_000
    postgres_mm.stage.settled()
    assert len(str(postgres_mm.stage.tallies()[-1])) < 4_000
