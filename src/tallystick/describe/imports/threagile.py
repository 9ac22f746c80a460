"""A Threagile model as the beginnings of a service file.

Technical assets become components, communication links become flows, trust boundaries say which
components stand inside, and data assets are taken for the assets that their names speak of. What a
service is, moves and may lose stands in no such model: that comes from the kind of service.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from tallystick.describe.drawn import Component, Flow
from tallystick.describe.file import read_service
from tallystick.describe.imports import shapes
from tallystick.describe.imports.links import flows_of_links
from tallystick.describe.imports.model import Imported, Notes
from tallystick.describe.imports.tables import flag_of, tables_of, word_of, words_of
from tallystick.describe.imports.writing import drawn_text
from tallystick.describe.imports.yaml_text import read_yaml
from tallystick.describe.model import Service
from tallystick.describe.places import service_places
from tallystick.describe.scaffold import scaffold_service
from tallystick.ground.errors import Misconfigured
from tallystick.ground.limits import SERVICE_FILE_MAX
from tallystick.ground.shown import shown_text
from tallystick.standard.positions import COMPONENT_KINDS

MODEL_MAX = 512 * 1024
"""Octets of the longest model that is read."""
_COMPONENTS_MAX = 4_000
_ID_MAX = 31

TO_STATE = (
    "provider: name, jurisdiction",
    "service: what is offered, modes, channels, currency",
    "handset: kinds, secure environments, shares",
    "crypto_module, evidence, data: certificates, witness, retention",
    "tier: evidence and limits",
    "agents, volumes: how many, how much, the cost of a day of work",
    "appetite: the loss that you accept",
    "operations: amounts from which the PIN is asked for",
)


def import_threagile(octets: bytes, *, like: str, where: str = "model.yaml") -> Imported:
    """Read a Threagile model and write a service file of the kind that it is most like.

    Refuses: Misconfigured, naming the place in the model, for what is no such model or too long.
    """
    content = read_yaml(octets, octets_max=MODEL_MAX, where=where)
    if not isinstance(content, dict) or "technical_assets" not in content:
        raise Misconfigured("not a Threagile model", where=where, allowed="technical_assets")
    notes = Notes()
    base = scaffold_service(like, _name(content, where, notes))
    for key in content:
        if key not in shapes.TOP_KEYS:
            notes.left_out.append(shown_text(str(key)))
    components, flows = _drawn(content, read_service(base), where, notes)
    text = f"{base.rstrip()}\n\n{drawn_text(components, flows)}"
    if len(text.encode()) > SERVICE_FILE_MAX or max(len(components), len(flows)) > _COMPONENTS_MAX:
        raise Misconfigured("the model is too large for a service file", where=where)
    read_service(text)
    return Imported(
        text=text,
        guessed=tuple(notes.guessed),
        left_out=notes.all_left_out(),
        to_state=TO_STATE,
    )


def _name(content: Mapping[str, Any], where: str, notes: Notes) -> str:
    """The title as far as a service can be called so."""
    title = word_of(content, "title", where)
    words = re.sub(r"[^A-Za-z0-9]+", " ", title).split()
    while words and words[0][0].isdigit():
        del words[0]
    name = " ".join(words)[:25].rstrip()
    name = name if len(name) > 1 else "Imported service"
    if name != title:
        notes.guessed.append(f"the service is called {name!r}, after {shown_text(title)!r}")
    return name


def _drawn(
    content: Mapping[str, Any], service: Service, where: str, notes: Notes
) -> tuple[list[Component], list[Flow]]:
    data = _data(content, where, notes)
    assets = tables_of(content["technical_assets"], f"{where}: technical_assets")
    taken = {place.id for place in service_places(service)}
    names = _ids(assets, taken, where, notes)
    inside = _inside(content, names, where, notes)
    components = []
    for title, asset in assets:
        place = f"{where}: technical_assets, {shown_text(title)}"
        told = (title, names[_id_of(title, asset, place)], place)
        components.append(_component(told, asset, inside, data, notes))
    zones = {one.id: one.zone for one in components}
    return components, flows_of_links(assets, names, zones, data, service, where, notes)


def _id_of(title: str, table: Mapping[str, Any], place: str) -> str:
    return word_of(table, "id", place) or title


def _data(content: Mapping[str, Any], where: str, notes: Notes) -> dict[str, str]:
    """Data asset -> asset of the catalogue, by the words of its id and name; "" for none."""
    found = {}
    for title, table in tables_of(content.get("data_assets"), f"{where}: data_assets"):
        place = f"{where}: data_assets, {shown_text(title)}"
        name = _id_of(title, table, place)
        if name in found:
            raise Misconfigured(f"the id {shown_text(name)!r} stands twice", where=place)
        words = re.split(r"[^a-z0-9]+", f"{name} {title}".lower())
        fits = {shapes.BY_NAME[word] for word in words if word in shapes.BY_NAME}
        found[name] = next((asset for asset in shapes.ASSET_ORDER if asset in fits), "")
        if found[name]:
            notes.guessed.append(f"data {shown_text(title)} is taken for {found[name]}")
        else:
            notes.left_out.append(f"data {shown_text(title)}: its name fits no asset")
        for key in table.keys() - shapes.DATA_KEYS:
            notes.attribute("data assets", shown_text(key))
    return found


def _ids(
    assets: list[tuple[str, Mapping[str, Any]]], taken: set[str], where: str, notes: Notes
) -> dict[str, str]:
    """Id in the model -> id of the component, short, clean, and no other element's."""
    names: dict[str, str] = {}
    used = set(taken)
    for title, asset in assets:
        place = f"{where}: technical_assets, {shown_text(title)}"
        name = _id_of(title, asset, place)
        if name in names:
            raise Misconfigured(f"the id {shown_text(name)!r} stands twice", where=place)
        names[name] = _free_id(name, used)
        used.add(names[name])
        if names[name] != name:
            notes.guessed.append(f"{shown_text(name)!r} is called {names[name]!r} here")
    return names


def _free_id(name: str, used: set[str]) -> str:
    slug = re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")[:_ID_MAX].rstrip("-") or "element"
    free, number = slug, 1
    while free in used:
        number += 1
        free = f"{slug[: _ID_MAX - 1 - len(str(number))]}-{number}"
    return free


def _inside(
    content: Mapping[str, Any], names: Mapping[str, str], where: str, notes: Notes
) -> set[str]:
    """The ids of assets that stand inside a boundary of a network."""
    found: set[str] = set()
    for title, table in tables_of(content.get("trust_boundaries"), f"{where}: trust_boundaries"):
        place = f"{where}: trust_boundaries, {shown_text(title)}"
        members = words_of(table.get("technical_assets_inside"), place)
        for name in members:
            if name not in names:
                notes.left_out.append(
                    f"{shown_text(name)} inside {shown_text(title)}: no such asset"
                )
        if word_of(table, "type", place) == "execution-environment":
            notes.left_out.append(f"boundary {shown_text(title)}: it bounds no network")
        else:
            found.update(members)
            notes.guessed.append(f"boundary {shown_text(title)} is a part of the provider's zones")
        for key in table.keys() - shapes.BOUNDARY_KEYS:
            notes.attribute("trust boundaries", shown_text(key))
    return found


def _component(
    told: tuple[str, str, str],
    asset: Mapping[str, Any],
    inside: set[str],
    data: Mapping[str, str],
    notes: Notes,
) -> Component:
    title, name, place = told
    kind = _kind(title, asset, place, notes)
    for key in asset.keys() - shapes.ASSET_KEYS:
        notes.attribute("technical assets", shown_text(key))
    stored = _assets(words_of(asset.get("data_assets_stored"), place), data, place, notes)
    return Component(
        id=name,
        kind=kind,
        zone=_zone(kind, asset, _id_of(title, asset, place) in inside, place),
        holds=stored,
    )


def _kind(title: str, asset: Mapping[str, Any], place: str, notes: Notes) -> str:
    technology, type_ = word_of(asset, "technology", place), word_of(asset, "type", place)
    outside = type_ == "external-entity"
    if technology in shapes.CLIENTS and not flag_of(asset, "internet", place) and outside:
        return "back_office"
    if technology in shapes.BY_TECHNOLOGY and not (outside and technology not in shapes.CLIENTS):
        return shapes.BY_TECHNOLOGY[technology]
    kind = shapes.BY_TYPE.get(type_, "server")
    said = f"technology {shown_text(technology or 'none')}, type {shown_text(type_ or 'none')}"
    notes.guessed.append(f"{shown_text(title)} ({said}) is taken for a {kind}")
    return kind


def _zone(kind: str, asset: Mapping[str, Any], inside: bool, place: str) -> str:
    """Where its kind stands; a server that the internet reaches stands at the edge."""
    usual = COMPONENT_KINDS[kind].zone
    if usual != "inside":
        return usual
    return "edge" if flag_of(asset, "internet", place) and not inside else "inside"


def _assets(names: list[str], data: Mapping[str, str], place: str, notes: Notes) -> tuple[str, ...]:
    """The catalogue's assets that some data assets stand for, sorted."""
    for name in names:
        if name not in data:
            notes.left_out.append(f"{shown_text(name)} at {place.partition(': ')[2]}: no such data")
    return tuple(sorted({data[name] for name in names if data.get(name)}))
