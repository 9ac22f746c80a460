"""Names that an owner may choose stay names in every format."""

from __future__ import annotations

import csv
import io
import json
from dataclasses import replace
from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tallystick.decide import plan_service
from tallystick.describe import Extension
from tallystick.describe.imports.entries import quoted
from tallystick.prove.exchange import Material, export_files, material_of
from tests.rooms.prove.exchange.conftest import AS_OF, generous, plan_template
from tests.rooms.prove.exchange.schemas import CYCLONEDX, OSCAL, SARIF, errors

NAMES = [
    "<script>alert(1)</script> & \"quotes\" 'single'",
    "=cmd|'/C calc'!A0",
    "{{ insert: param, x }} [link](javascript:x) `code` *star* _under_ \\ ~ ^",
    "名前 اسم \U0001f600 é ﬁ",
    "yes: no # - [ ] { } % @ ! | > ?",
    "---",
    "1e3",
]


def plan_called(name: str) -> Material:
    base = plan_template("p2p").service
    own = f"""
[[requirement]]
id = "R-6-OWN-01"
clause = "6"
nature = "requirement"
layer = "process"
title = {quoted(name)}
text = {quoted(name)}
sources = [{quoted("own: " + name)}]
closing.attested = true
"""
    service = replace(
        base,
        name=name,
        provider=replace(base.provider, name=name),
        parties=tuple(replace(one, name=name) for one in base.parties),
        modules=tuple(replace(one, name=name) for one in base.modules),
        extensions=(Extension(name="own.toml", text=own),),
    )
    return material_of(plan_service(generous(service)), made_at=AS_OF, source=f"{name}.toml")


def documents(files: dict[str, bytes]) -> list[Any]:
    return [json.loads(octets) for octets in files.values()]


def strings(value: Any) -> set[str]:
    if isinstance(value, dict):
        return {text for inner in value.values() for text in strings(inner)}
    if isinstance(value, list):
        return {text for inner in value for text in strings(inner)}
    return {value} if isinstance(value, str) else set()


@pytest.mark.parametrize("name", NAMES)
def test_every_format_keeps_the_name_and_its_shape(name: str) -> None:
    material = plan_called(name)
    for kind, schema in (("oscal", OSCAL), ("cyclonedx", CYCLONEDX), ("sarif", SARIF)):
        for document in documents(export_files(material, kind)):
            assert errors(schema, document) == []
            assert kind == "sarif" or name in strings(document)
    told = yaml.safe_load(export_files(material, "ciso-assistant")["ciso-assistant.yaml"])
    assert name in strings(told)
    (text,) = export_files(material, "soa-csv").values()
    cells = {cell for row in csv.reader(io.StringIO(text.decode(), newline="")) for cell in row}
    assert cells & {name, f"'{name}"}


printable = st.text(
    st.characters(codec="utf-8", exclude_categories=["C", "Z"]), min_size=1, max_size=40
)


@settings(
    max_examples=25, deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)  # fmt: skip
@given(name=printable, source=st.text(st.characters(codec="utf-8"), min_size=1, max_size=30))
def test_any_printable_name_gives_valid_documents(wallet: Material, name: str, source: str) -> None:
    """The name of the provider and of the file: what can change without planning anew."""
    provider = replace(wallet.service.provider, name=name)
    service = replace(wallet.service, provider=provider)
    analysis = replace(wallet.analysis, service=service.digest)
    policy = replace(wallet.policy, analysis=analysis.digest)
    material = replace(wallet, service=service, analysis=analysis, policy=policy, source=source)
    for kind, schema in (("oscal", OSCAL), ("cyclonedx", CYCLONEDX), ("sarif", SARIF)):
        for document in documents(export_files(material, kind)):
            assert errors(schema, document) == []
