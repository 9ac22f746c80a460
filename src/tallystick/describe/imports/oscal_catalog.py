"""Controls of an OSCAL catalog as requirements or recommendations of an owner."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import Any

from tallystick.describe.imports.entries import (
    OwnEntries,
    commented,
    one_line,
    quoted,
    quoted_list,
    sized,
)
from tallystick.describe.imports.json_text import list_of, read_json, table_of
from tallystick.ground.errors import Misconfigured
from tallystick.standard import Catalogue, Layer, Nature

NATURES = (Nature.REQUIREMENT.value, Nature.RECOMMENDATION.value)
_LAYERS = tuple(layer.value for layer in Layer)
_PREFIX = re.compile(r"[A-Z][A-Z0-9]{1,15}")
_TOKEN = re.compile(r"[A-Za-z]+|[0-9]+")
_INSERT = re.compile(r"\{\{\s*insert:\s*param,\s*([^\s{}]{1,100})\s*\}\}")
_WORDS_MAX = 3

_HEAD = """\
Controls of an OSCAL catalog, as own entries: name this file in the service file with
[catalogue] extend. The texts belong to whoever published the catalog.
No countermeasure answers them yet and a person's signed statement closes them: name in `controls`
what answers each, and in `closing` what shows it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Control:
    id: str
    title: str
    text: str


def import_oscal_catalog(
    octets: bytes,
    *,
    catalogue: Catalogue,
    clause: str,
    nature: str = Nature.RECOMMENDATION.value,
    layer: str = Layer.PROCESS.value,
    prefix: str = "OSCAL",
    only: Collection[str] = (),
    where: str = "catalog",
) -> OwnEntries:
    """Entries for every control of a catalog that is not withdrawn, groups and children included.

    Takes:    the clause and layer under which they are put, their nature, and the word of the
              owner's that stands in their ids; `only`, beginnings of the ids of controls that are
              wanted (all when it is empty).
    Refuses:  Misconfigured for what is no catalog, has no control, or for an unknown clause,
              nature, layer or a word that an id cannot hold.
    """
    _check_choices(catalogue, clause=clause, nature=nature, layer=layer, prefix=prefix)
    content = table_of(table_of(read_json(octets, where=where)).get("catalog"))
    if not content:
        raise Misconfigured("not an OSCAL catalog", where=where, allowed="JSON with a catalog")
    source = _source(content)
    controls, left_out = _controls(content, tuple(only), where)
    ids = _ids([one.id for one in controls], start=f"R-{clause}-{prefix}")
    blocks = [
        "\n".join(_entry(ids[one.id], one, clause, nature, layer, source)) for one in controls
    ]
    text = "\n\n".join(["\n".join(commented(_HEAD.split("\n"))), *blocks]) + "\n"
    return OwnEntries(
        text=sized(text, where=where, hint=": choose with --only"),
        written=tuple(ids[one.id] for one in controls),
        covered=(),
        left_out=tuple(left_out),
        to_state=(),
    )


def _check_choices(
    catalogue: Catalogue, *, clause: str, nature: str, layer: str, prefix: str
) -> None:
    for name, value, allowed in (
        ("clause", clause, tuple(catalogue.clauses)),
        ("nature", nature, NATURES),
        ("layer", layer, _LAYERS),
    ):
        if value not in allowed:
            raise Misconfigured(f"{value[:40]!r}", where=name, allowed=", ".join(allowed))
    if not _PREFIX.fullmatch(prefix):
        raise Misconfigured(
            f"{prefix[:40]!r}", where="prefix", allowed="2 to 16 capital letters and digits"
        )


def _source(content: dict[str, Any]) -> str:
    """How the entries name the catalog."""
    head = table_of(content.get("metadata"))
    title = one_line(head.get("title"), "an OSCAL catalog")[:200].rstrip()
    version = one_line(head.get("version"), "")[:40].rstrip()
    return f"own: {title}, {version}" if version else f"own: {title}"


def _controls(
    content: dict[str, Any], only: tuple[str, ...], where: str
) -> tuple[list[_Control], list[str]]:
    found: dict[str, _Control] = {}
    left_out: list[str] = []
    for place, one in enumerate(_walk(content), start=1):
        name = one_line(one.get("id"), "")[:100].rstrip()
        if only and not name.startswith(only):
            continue
        if not name:
            left_out.append(f"control {place}: it has no id")
        elif _is_withdrawn(one):
            left_out.append(f"{name}: withdrawn")
        elif name in found:
            left_out.append(f"{name}: stands twice; the first was taken")
        else:
            found[name] = _control(name, one)
    if not found:
        wanted = f" that begins with {', '.join(only)}" if only else ""
        raise Misconfigured(f"no control{wanted[:200]} in the catalog", where=where)
    return list(found.values()), left_out


def _walk(content: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Every control, in the order of the document."""
    for group in list_of(content.get("groups")):
        yield from _walk(table_of(group))
    for control in list_of(content.get("controls")):
        yield table_of(control)
        yield from _walk(table_of(control))


def _is_withdrawn(one: dict[str, Any]) -> bool:
    props = map(table_of, list_of(one.get("props")))
    return any((p.get("name"), p.get("value")) == ("status", "withdrawn") for p in props)


def _control(name: str, one: dict[str, Any]) -> _Control:
    title = one_line(one.get("title"), name)[:200].rstrip()
    labels = _labels(one)
    told = " ".join(_prose([table_of(part) for part in list_of(one.get("parts"))]))
    text = _INSERT.sub(lambda found: f"[{labels.get(found[1], found[1])}]", told)
    return _Control(id=name, title=title, text=one_line(text, title))


def _labels(one: dict[str, Any]) -> dict[str, str]:
    """Parameters that the text leaves open, by what they are called."""
    labels = {}
    for parameter in map(table_of, list_of(one.get("params"))):
        name = parameter.get("id")
        if isinstance(name, str):
            labels[name] = one_line(parameter.get("label"), name)
    return labels


def _prose(parts: list[dict[str, Any]], *, inside: bool = False) -> Iterator[str]:
    """The words of the statement with its items; guidance and objectives are left aside."""
    for part in parts:
        if inside or part.get("name") == "statement":
            prose = part.get("prose")
            if isinstance(prose, str):
                yield prose
            yield from _prose([table_of(one) for one in list_of(part.get("parts"))], inside=True)


def _ids(names: list[str], *, start: str) -> dict[str, str]:
    """Control -> id of the entry, made of the control's own id wherever that fits.

    A control whose id does not fit, or would fall together with another, gets a number in the
    order of the document.
    """
    ids: dict[str, str] = {}
    taken: set[str] = set()
    for place, name in enumerate(names, start=1):
        made = entry_id(name, start=start)
        if not made or made in taken:
            made = f"{start}-MORE-{place:04d}"
        taken.add(made)
        ids[name] = made
    return ids


def entry_id(name: str, *, start: str) -> str:
    """The id of an entry from the id of a control; empty when it does not fit.

    >>> entry_id("ac-2", start="R-6-OSCAL"), entry_id("ac-2.12", start="R-6-OSCAL")
    ('R-6-OSCAL-AC-02', 'R-6-OSCAL-AC-N2-12')
    """
    *words, last = _TOKEN.findall(name) or [""]
    if not last.isdigit() or len(last) > 4 or len(words) > _WORDS_MAX or not name.isascii():
        return ""
    shaped = [f"N{word}" if word.isdigit() else word.upper().ljust(2, "X") for word in words]
    if any(len(word) > 16 for word in shaped):
        return ""
    return "-".join([start, *shaped, last.zfill(2)])


def _entry(
    name: str, one: _Control, clause: str, nature: str, layer: str, source: str
) -> Iterator[str]:
    yield "[[requirement]]"
    yield f'id = "{name}"'
    yield f'clause = "{clause}"'
    yield f'nature = "{nature}"'
    yield f'layer = "{layer}"'
    yield f"title = {quoted(one.title)}"
    yield f"text = {quoted(one.text)}"
    yield f"sources = {quoted_list([f'{source}: {one.id}'])}"
    yield "closing.attested = true"
