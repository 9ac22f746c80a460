"""Threagile models: what is carried over, what is told, and what is refused."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

from tallystick.analyse import analyse_risk, architecture_of
from tallystick.describe import LIKE, Service, read_service
from tallystick.describe.imports import MODEL_MAX, Imported, import_threagile
from tallystick.ground.errors import Misconfigured

MODEL = (Path(__file__).parent / "sample-model.yaml").read_bytes()


def imported(octets: bytes = MODEL, like: str = "e-wallet") -> Imported:
    return import_threagile(octets, like=like, where="model.yaml")


@pytest.fixture(scope="module")
def service() -> Service:
    return read_service(imported().text)


def refused(octets: bytes) -> str:
    with pytest.raises(Misconfigured) as caught:
        imported(octets)
    return str(caught.value)


def test_technical_assets_become_components(service: Service) -> None:
    found = {one.id: (one.kind, one.zone, one.holds) for one in service.components}
    assert found == {
        "phone-client": ("application", "customer", ()),
        "front-door": ("gateway", "edge", ()),
        "server-2": ("server", "inside", ()),
        "db": ("registers", "inside", ("personal_data",)),
        "hsm": ("crypto_module", "secure", ()),
        "rates": ("partner", "partner", ()),
        "office": ("back_office", "inside", ()),
    }


def test_links_become_flows(service: Service) -> None:
    found = {(one.source, one.target): one for one in service.flows}
    assert set(found) == {
        ("phone-client", "front-door"), ("front-door", "phone-client"), ("front-door", "server-2"),
        ("server-2", "db"), ("server-2", "hsm"),
    }  # fmt: skip
    orders = found["phone-client", "front-door"]
    assert (orders.channel, orders.protected) == ("internet", "transport")
    assert orders.carries == ("credentials", "messages")
    assert found["front-door", "phone-client"].carries == ("personal_data",)
    joined = found["front-door", "server-2"]
    assert joined.carries == ("credentials", "messages"), "two links of the same ends are one flow"
    assert joined.protected == "none", "as protected as the weaker of them"
    assert (found["server-2", "db"].channel, found["server-2", "db"].protected) == (
        "local", "transport",
    )  # fmt: skip


TOLD = [  # where it is told, what is told
    ("guessed", "'Example Pay Go'"),
    ("guessed", "'Front_Door' is called 'front-door' here"),
    ("guessed", "'server' is called 'server-2' here"),
    ("guessed", "data Card PINs is taken for credentials"),
    ("guessed", "Core Server (technology quantum-abacus, type process) is taken for a server"),
    ("guessed", "Rates Feed (technology web-service-rest, type external-entity)"),
    ("guessed", "protocol carrier-pigeon, taken as unprotected"),
    ("guessed", "boundary Data Centre"),
    ("left_out", "threagile_version"),
    ("left_out", "shared_runtimes"),
    ("left_out", "invented_part"),
    ("left_out", "data Weather: its name fits no asset"),
    ("left_out", "Phone Client, Lost: no such target: nowhere"),
    ("left_out", "Front Door, Mirror: leads to itself"),
    ("left_out", "unheard-of at technical_assets, Front Door, In: no such data"),
    ("left_out", "ghost inside Data Centre: no such asset"),
    ("left_out", "boundary Container"),
    ("left_out", "authentication of communication links (1)"),
    ("left_out", "used_as_client_by_human of technical assets (1)"),
    ("left_out", "machine of technical assets (1)"),
    ("left_out", "encryption of technical assets (1)"),
    ("left_out", "quantity of data assets (3)"),
    ("left_out", "tags of trust boundaries (1)"),
    ("to_state", "appetite: the loss that you accept"),
]


@pytest.mark.parametrize(("part", "said"), TOLD)
def test_nothing_is_dropped_in_silence(part: str, said: str) -> None:
    lines: tuple[str, ...] = getattr(imported(), part)
    assert any(said in line for line in lines), lines


def keys_of(value: object) -> set[str]:
    if isinstance(value, Mapping):
        return set(value) | {key for inner in value.values() for key in keys_of(inner)}
    return set()


@pytest.mark.parametrize("like", LIKE)
def test_what_is_imported_can_be_analysed(like: str) -> None:
    service = read_service(imported(like=like).text)
    names = {element.id for element in architecture_of(service).elements}
    assert {"front-door", "db", "gateway"} <= names
    analysis = analyse_risk(service)
    personal = next(one for one in analysis.assets if one.id == "personal_data")
    assert "db" in personal.elements
    assert analysis.paths


def test_the_same_model_gives_the_same_text() -> None:
    assert imported().text == imported().text


REFUSED = [  # the model, what is said
    (b"", "not a Threagile model"),
    (b"[1, 2]", "not a Threagile model"),
    (b"title: x", "not a Threagile model"),
    (b"technical_assets: {a: 1}", 'technical_assets, a: found "1"; allowed: a table'),
    (b"technical_assets: [a]", "technical_assets: found a list of 1"),
    (b"technical_assets: {a: {id: [x]}}", "technical_assets, a, id: found a list of 1"),
    (b"technical_assets: {a: {id: x}, b: {id: x}}", "the id 'x' stands twice"),
    (b"technical_assets:\ndata_assets: {a: {id: x}, b: {id: x}}", "the id 'x' stands twice"),
    (b"technical_assets: {a: {communication_links: [b]}}", "found a list of 1; allowed: a table"),
    (b"technical_assets: {a: {internet: maybe}}", "allowed: true or false"),
    (b"technical_assets: {a: {data_assets_stored: x}}", "allowed: a list of words"),
    (b"title: [x]\ntechnical_assets:", "model.yaml, title: found a list of 1"),
    (b"technical_assets:\n  a:\n    id: x\n    id: y\n", "model.yaml:4: id stands twice"),
    (b"technical_assets:\n\t- a", "model.yaml:2: not YAML"),
    (b"technical_assets: {? [a] : b}", "a key that is no word"),
    (b"a: &a [*a]\ntechnical_assets:", "an alias that unfolds to itself"),
    (b"a: *missing", "not YAML: found undefined alias"),
    (b"a: 1\n---\nb: 2", "model.yaml:2: not YAML"),
    (b"a: !!python/object/apply:os.system [true]\ntechnical_assets:", "not YAML"),
    (b"a: !!int many\ntechnical_assets:", "not YAML"),
    (b"technical_assets: \xff", "model.yaml:1: not UTF-8 text"),
    (b"technical_assets: " + b"[" * 5_000, "nested too deeply"),
    (b"technical_assets: " + b"{a: " * 60 + b"x" + b"}" * 60, "nested too deeply"),
]  # fmt: skip


@pytest.mark.parametrize(("octets", "said"), REFUSED)
def test_a_broken_model_is_refused_in_its_place(octets: bytes, said: str) -> None:
    assert said in refused(octets)


def test_aliases_that_blow_up_are_refused_before_they_do() -> None:
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 12)]
    assert "unfold to too much" in refused("\n".join([*lines, "technical_assets:"]).encode())


def test_a_long_file_is_refused_unread() -> None:
    told = refused(b"# " + b"x" * 10 * 1024 * 1024)
    assert f"too long; allowed: {MODEL_MAX} octets" in told


def test_a_model_without_assets_gives_the_kind_alone() -> None:
    service = read_service(imported(b"title: Bare\ntechnical_assets:").text)
    assert (service.name, service.components, service.flows) == ("Bare", (), ())


def test_an_unknown_kind_is_refused() -> None:
    with pytest.raises(Misconfigured, match="no service is like walet"):
        imported(like="walet")


def test_without_the_extra_one_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "yaml", None)
    assert "pip install 'tallystick[exchange]'" in refused(MODEL)
