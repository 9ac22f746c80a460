"""Communication links as flows."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from tallystick.describe.drawn import Flow
from tallystick.describe.imports import shapes
from tallystick.describe.imports.model import Notes
from tallystick.describe.imports.tables import flag_of, tables_of, word_of, words_of
from tallystick.describe.model import Service
from tallystick.ground.shown import shown_text

_Assets = list[tuple[str, Mapping[str, Any]]]
_WEAKER = ("none", "transport", "message")


def flows_of_links(
    assets: _Assets,
    names: Mapping[str, str],
    zones: Mapping[str, str],
    data: Mapping[str, str],
    service: Service,
    where: str,
    notes: Notes,
) -> list[Flow]:
    """One flow for what a link sends, one for what it receives; links of the same ends are one.

    Takes:   names: id in the model -> component; zones: component -> zone; data: data asset ->
             asset of the catalogue.
    Refuses: Misconfigured for a link that is no table.
    """
    reader = _Links(names, zones, data, service, notes)
    found: dict[tuple[str, str, str], Flow] = {}
    for title, asset in assets:
        place = f"{where}: technical_assets, {shown_text(title)}"
        source = names[word_of(asset, "id", place) or title]
        for link, table in tables_of(asset.get("communication_links"), place):
            for flow in reader.flows(source, table, f"{place}, {shown_text(link)}"):
                key = (flow.source, flow.target, flow.channel)
                found[key] = _joined(found[key], flow) if key in found else flow
    return [found[key] for key in sorted(found)]


def _joined(one: Flow, two: Flow) -> Flow:
    """Two links of the same ends: all that they carry, as protected as the weaker of them."""
    return Flow(
        source=one.source,
        target=one.target,
        channel=one.channel,
        carries=tuple(sorted({*one.carries, *two.carries})),
        protected=min(one.protected, two.protected, key=_WEAKER.index),
    )


class _Links:
    def __init__(
        self,
        names: Mapping[str, str],
        zones: Mapping[str, str],
        data: Mapping[str, str],
        service: Service,
        notes: Notes,
    ) -> None:
        self._names, self._zones, self._data = names, zones, data
        self._internet = "internet" if "internet" in service.channels else "line"
        self._notes = notes

    def flows(self, source: str, table: Mapping[str, Any], place: str) -> Iterator[Flow]:
        said = place.partition(": ")[2]
        for key in table.keys() - shapes.LINK_KEYS:
            self._notes.attribute("communication links", shown_text(key))
        named = word_of(table, "target", place)
        target = self._names.get(named)
        if target is None or target == source:
            why = "leads to itself" if target else f"no such target: {shown_text(named)}"
            self._notes.left_out.append(f"link {said}: {why}")
            return
        protected = self._protected(table, place)
        sent = self._carried(table, "data_assets_sent", place)
        received = self._carried(table, "data_assets_received", place)
        yield self._flow(source, target, sent, protected)
        if received:
            yield self._flow(target, source, received, protected)

    def _flow(self, source: str, target: str, carries: tuple[str, ...], protected: str) -> Flow:
        ends = {self._zones[source], self._zones[target]}
        if len(ends) == 1:
            channel = "local"
        else:
            channel = self._internet if ends & {"public", "customer"} else "line"
        return Flow(
            source=source, target=target, channel=channel, carries=carries, protected=protected
        )

    def _protected(self, table: Mapping[str, Any], place: str) -> str:
        protocol = word_of(table, "protocol", place)
        if protocol not in shapes.PROTECTED | shapes.OPEN:
            said = place.partition(": ")[2]
            told = f"link {said}: protocol {shown_text(protocol or 'none')}, taken as unprotected"
            self._notes.guessed.append(told)
        safe = protocol in shapes.PROTECTED or flag_of(table, "vpn", place)
        return "transport" if safe else "none"

    def _carried(self, table: Mapping[str, Any], key: str, place: str) -> tuple[str, ...]:
        named = words_of(table.get(key), f"{place}, {key}")
        for name in named:
            if name not in self._data:
                said = place.partition(": ")[2]
                self._notes.left_out.append(f"{shown_text(name)} at {said}: no such data")
        return tuple(sorted({self._data[name] for name in named if self._data.get(name)}))
