"""The OpenAPI document says what is served, and a client made from it finds nothing else."""

from __future__ import annotations

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

from tallystick.serve.interop import OPERATIONS, openapi_document
from tallystick.serve.interop.amounts import write_date
from tests.hub import THEIRS, Scheme
from tests.stage import Person, Stage

DOCUMENT = openapi_document()
BASE = "http://us.example"
CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
]


def test_the_document_has_every_operation_and_is_served(scheme: Scheme) -> None:
    assert scheme.client.get("/openapi.json").json() == DOCUMENT
    told = {(method.upper(), path) for path, at in DOCUMENT["paths"].items() for method in at}
    assert told == {(one.method, one.path) for one in OPERATIONS}


@pytest.mark.slow
@pytest.mark.parametrize("believed", [True, False], ids=["a-participant", "a-stranger"])
def test_whatever_is_sent_the_answer_is_one_of_the_documents(
    stage: Stage, ben: Person, believed: bool
) -> None:
    scheme = Scheme(stage, demand="off" if believed else "all")
    schema = schemathesis.openapi.from_dict(DOCUMENT)
    for found in schema.get_all_operations():
        _try(scheme, found.ok().as_strategy(), believed)
    stage.settled()
    assert stage.findings() == []
    assert stage.balance(ben) == (0, 0)


def _try(scheme: Scheme, strategy: Any, believed: bool) -> None:
    @settings(
        max_examples=15 if believed else 5,
        deadline=None,
        phases=(Phase.generate,),
        suppress_health_check=list(HealthCheck),
    )
    @given(case=strategy)
    def one(case: Any) -> None:
        sent = case.as_transport_kwargs(base_url=BASE)
        headers = {k: str(v) for k, v in dict(sent.pop("headers", {}) or {}).items()}
        if believed:
            ours = {"date": write_date(scheme.stage.clock.now_ms()), "fspiop-source": THEIRS}
            kept = {k: v for k, v in headers.items() if not k.lower().startswith("fspiop")}
            headers = {k: v for k, v in kept.items() if k.lower() != "date"} | ours
        names = ("method", "url", "params", "json", "data", "cookies")
        request = httpx.Request(
            headers={k: v for k, v in headers.items() if k.isascii() and v.isascii()},
            **{name: sent[name] for name in names if sent.get(name) is not None},
        )
        answer = scheme.client.send(request)
        answer.elapsed = timedelta(0)
        case.validate_response(Response.from_httpx(answer, verify=False), checks=CHECKS)

    one()
