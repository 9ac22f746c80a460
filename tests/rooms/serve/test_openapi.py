"""The OpenAPI document: it is what is served, and what is served keeps to it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from hypothesis import HealthCheck, given, settings

from tallystick.serve import openapi_document
from tallystick.serve.api.problems import STATUS
from tallystick.serve.server import serving
from tests.edges import edges
from tests.house.tree import ROOT
from tests.stage import ADDRESS, Person, Stage

WIRE = (ROOT / "docs" / "reference" / "wire.md").read_text(encoding="utf-8")
EXAMPLES = 25


def test_the_document_is_served_as_it_is_kept(stage: Stage) -> None:
    served = stage.transport.handle_request(httpx.Request("GET", f"{ADDRESS}/v1/openapi.json"))
    kept = json.loads((ROOT / "docs" / "reference" / "openapi.json").read_text(encoding="utf-8"))
    assert served.headers["content-type"] == "application/json"
    assert served.json() == kept == openapi_document()


def test_every_operation_says_what_a_retry_does() -> None:
    for path, operations in openapi_document()["paths"].items():
        for told in operations.values():
            assert len(told["description"]) > len(told["summary"]), path


def test_the_codes_of_the_document_are_those_of_the_wire_page() -> None:
    for code, status in STATUS.items():
        assert f"| {status} | `{code}` |" in WIRE
    for operations in openapi_document()["paths"].values():
        for told in operations.values():
            for status, response in told["responses"].items():
                if status != "200":
                    schema = response["content"]["application/problem+json"]["schema"]
                    for code in schema["allOf"][1]["properties"]["code"]["enum"]:
                        assert STATUS[code] == int(status)


def _octets(_: Any, value: Any) -> bytes:
    """A body as it is sent: text, or whatever else was made up in place of it."""
    return value if isinstance(value, bytes) else str(value).encode("utf-8", "surrogatepass")


# ---- whatever a stranger sends -------------------------------------------------------------------


@pytest.fixture(params=["one process", "two edges"])
def url(request: pytest.FixtureRequest, stage: Stage, alice: Person) -> Iterator[str]:
    assert alice.handset.balance().accepted, "the log is not empty"
    if request.param == "one process":
        with serving(stage.platform) as found:
            yield found
        return
    with edges(stage.platform, clock=stage.clock) as started:
        yield started.add()


@pytest.mark.slow
def test_no_answer_is_undocumented_and_nothing_breaks(url: str) -> None:
    import schemathesis
    from schemathesis.checks import CHECKS

    schemathesis.checks.load_all_checks()
    schemathesis.serializer("application/jose")(_octets)
    document: dict[str, Any] = httpx.get(f"{url}/v1/openapi.json", trust_env=False).json()
    schema = schemathesis.openapi.from_dict(document)
    schema.config.update(base_url=url)
    checks = CHECKS.get_by_names(
        [
            "not_a_server_error",
            "status_code_conformance",
            "content_type_conformance",
            "response_schema_conformance",
        ]
    )
    asked = []
    for found in schema.get_all_operations():
        operation = found.ok()

        @given(case=operation.as_strategy())
        @settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck))
        def ask(case: Any) -> None:
            response = case.call()
            case.validate_response(response, checks=checks)

        ask()
        asked.append(operation.label)
    assert len(asked) == len(document["paths"])
