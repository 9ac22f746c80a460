"""What we write is valid by the published schemas, and by those made of the library's classes."""

from __future__ import annotations

import gzip
import re
from functools import cache
from pathlib import Path

import pytest

pytest.importorskip("xmlschema", reason="a package for development is not installed")
pytest.importorskip("pyiso20022", reason="the extra [bank] is not installed")

from tallystick.serve.bank import VERSIONS, write_message
from tallystick.serve.bank.schemas import document_class
from tests.rooms.serve.bank.samples import SAMPLES
from tests.vectors.iso20022.made import make_schema

FOLDER = Path(__file__).parent / "iso20022"
NAMESPACE = "urn:iso:std:iso:20022:tech:xsd:"
PUBLISHED = {
    "pain.001": "pain.001.001.09",
    "pain.002": "pain.002.001.12",
    "pacs.008": "pacs.008.001.08",
    "camt.053": "camt.053.001.08",
    "camt.054": "camt.054.001.08",
    "camt.056": "camt.056.001.12",
}


@cache
def published(definition: str) -> object:
    import xmlschema

    text = gzip.decompress((FOLDER / f"{definition}.xsd.gz").read_bytes()).decode()
    return xmlschema.XMLSchema(text)


@cache
def made(definition: str) -> object:
    import xmlschema

    return xmlschema.XMLSchema(make_schema(document_class(definition), NAMESPACE + definition))


@pytest.mark.parametrize("kind", sorted(PUBLISHED))
def test_what_is_written_is_valid_by_the_published_schema(kind: str) -> None:
    text = write_message(SAMPLES[kind]).decode().replace(VERSIONS[kind][1], PUBLISHED[kind])
    published(PUBLISHED[kind]).validate(text)  # type: ignore[attr-defined]


@pytest.mark.parametrize("kind", sorted(VERSIONS))
def test_what_is_written_is_valid_by_the_library_s_classes(kind: str) -> None:
    made(VERSIONS[kind][1]).validate(write_message(SAMPLES[kind]).decode())  # type: ignore[attr-defined]


@pytest.mark.parametrize("kind", ["pain.001", "pacs.008", "camt.053", "camt.054"])
def test_both_schemas_refuse_the_same(kind: str) -> None:
    """Each element left out in turn, and each text made too long: one answer of both."""
    text = write_message(SAMPLES[kind]).decode()
    ours, theirs = made(VERSIONS[kind][1]), published(VERSIONS[kind][1])
    broken = {text[: m.start()] + text[m.end() :] for m in re.finditer(r"<(\w+)>[^<]*</\1>", text)}
    broken |= {re.sub(f"(<{n}>)[^<]*<", r"\g<1>" + "x" * 600 + "<", text, count=1)
               for n in set(re.findall(r"<(\w+)>[^<\s]", text))}  # fmt: skip
    assert len(broken) > 25
    for one in broken:
        said = ours.is_valid(one), theirs.is_valid(one)  # type: ignore[attr-defined]
        assert said[0] == said[1], one
