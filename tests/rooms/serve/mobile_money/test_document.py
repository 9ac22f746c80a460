"""The OpenAPI document says what is served, and a client made from it finds nothing else."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import httpx
import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis.checks import not_a_server_error
from schemathesis.core.transport import Response
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from tallystick.serve.connections import MobileMoneyTable
from tallystick.serve.mobile_money import OPERATIONS, UNSERVED, openapi_document
from tests.rooms.serve.mobile_money.client import ADDRESS, Client, client
from tests.stage import Stage

DOCUMENT = openapi_document(MobileMoneyTable(listen_at="127.0.0.1:0"))
CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
]


@pytest.fixture
def mm(stage: Stage) -> Iterator[Client]:
    made = client(stage)
    yield made
    made.close()


def test_the_document_has_every_operation(mm: Client) -> None:
    served = mm.http.get(f"{mm.prefix}/openapi.json").json()
    assert served == json.loads(json.dumps(DOCUMENT))
    told = {(method.upper(), path) for path, at in DOCUMENT["paths"].items() for method in at}
    assert told == {(one.method, one.path) for one in OPERATIONS} | set(UNSERVED)


@pytest.mark.slow
def test_whatever_is_sent_the_answer_is_one_of_the_documents(mm: Client) -> None:
    mm.ask("GET", "/accounts/balance")
    schema = schemathesis.openapi.from_dict(DOCUMENT)
    strategies = [found.ok().as_strategy() for found in schema.get_all_operations()]
    for strategy in strategies:
        _try(mm, strategy)
    assert mm.stage.findings() == []


def _try(mm: Client, strategy: Any) -> None:
    @settings(
        max_examples=12,
        deadline=None,
        phases=(Phase.generate,),
        suppress_health_check=list(HealthCheck),
    )
    @given(case=strategy)
    def one(case: Any) -> None:
        sent = case.as_transport_kwargs(base_url=f"{ADDRESS}{mm.prefix}")
        headers = {**dict(sent.pop("headers", {}) or {}), "Authorization": f"Bearer {mm.token}"}
        names = ("method", "url", "params", "json", "data", "cookies")
        request = httpx.Request(
            headers={k: v for k, v in headers.items() if str(k).isascii()},
            **{name: sent[name] for name in names if sent.get(name) is not None},
        )
        answer = mm.http.send(request)
        answer.elapsed = timedelta(0)
        case.validate_response(Response.from_httpx(answer, verify=False), checks=CHECKS)

    one()
