"""Is a request what its operation takes? Compiled once from the snapshot of the service's model.

A member that the snapshot does not know is refused: what a client means and we do not do must not
be left out in silence. Values are never told back, only where they are and what is allowed.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

from tallystick.ground.errors import Defect
from tallystick.serve.payment_crypto.errors import Flaw, invalid

Check = Callable[[object, str, list[Flaw]], None]
FLAWS_MAX = 16
_NUMBERS = ("integer", "long")
_NEVER: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """One operation of a plane. `path` has its key identifier in braces on the data plane."""

    name: str
    plane: str
    path: str
    input: str
    output: str
    errors: tuple[str, ...]


class Shapes:
    """The operations of one plane and the checks of its shapes."""

    def __init__(self, plane: str, model: Mapping[str, Any]) -> None:
        self._shapes: Mapping[str, Any] = model["shapes"]
        self._checks: dict[str, Check] = {}
        self.target, self.version = str(model["target"]), str(model["version"])
        self.operations = {
            name: Operation(
                name=name,
                plane=plane,
                path=one["path"],
                input=one["input"],
                output=one["output"],
                errors=tuple(one["errors"]),
            )
            for name, one in model["operations"].items()
        }
        for operation in self.operations.values():
            self._check(operation.input)

    def demand_input(self, operation: Operation, members: object) -> dict[str, Any]:
        """The members, as they are. Refuses: WireRefused with every place that is wrong."""
        flaws: list[Flaw] = []
        self._check(operation.input)(members, "", flaws)
        if flaws or not isinstance(members, dict):
            raise invalid(flaws[:FLAWS_MAX])
        return members

    def flaws(self, shape: str, value: object) -> list[Flaw]:
        """What is wrong with a value of a shape."""
        flaws: list[Flaw] = []
        self._check(shape)(value, "", flaws)
        return flaws

    def sensitive(self) -> frozenset[str]:
        """The shapes whose values must not be logged."""
        return frozenset(name for name, one in self._shapes.items() if one.get("sensitive"))

    def _check(self, name: str) -> Check:
        known = self._checks.get(name)
        if known is None:
            self._checks[name] = lambda value, path, flaws: self._checks[name](value, path, flaws)
            known = self._checks[name] = self._compiled(self._shapes[name])
        return known

    def _compiled(self, shape: Mapping[str, Any]) -> Check:
        match shape["type"]:
            case "string":
                return _text_check(shape)
            case "boolean":
                return _kind_check(bool, "Member must be true or false")
            case "timestamp":
                return _kind_check((int, float), "Member must be a number of seconds")
            case kind if kind in _NUMBERS:
                return _number_check(shape)
            case "list":
                return _list_check(self._check(shape["of"]), shape)
            case "map":
                return _map_check(self._check(shape["key"]), self._check(shape["of"]))
            case "structure":
                members = {name: self._check(one) for name, one in shape["members"].items()}
                return _structure_check(members, shape)
        raise Defect(f"a shape of an unknown type: {shape['type']}")


@cache
def planes() -> Mapping[str, Shapes]:
    """Both planes of the snapshot: control and data."""
    text = (files("tallystick.serve.payment_crypto") / "data" / "model.json").read_text("utf-8")
    model = json.loads(text)
    return {plane: Shapes(plane, model[plane]) for plane in ("control", "data")}


def model_source() -> str:
    """Where the snapshot comes from."""
    text = (files("tallystick.serve.payment_crypto") / "data" / "model.json").read_text("utf-8")
    return str(json.loads(text)["source"])


def _text_check(shape: Mapping[str, Any]) -> Check:
    low, high = shape.get("min", 0), shape.get("max", 1 << 20)
    # The model leaves out the anchors at both ends, also around alternatives.
    fits = re.compile(f"^{shape['pattern']}$").fullmatch if "pattern" in shape else None
    words = frozenset(shape["enum"]) if "enum" in shape else None

    def check(value: object, path: str, flaws: list[Flaw]) -> None:
        if not isinstance(value, str):
            flaws.append(Flaw(path, "Member must be a string"))
        elif words is not None:
            if value not in words:
                allowed = ", ".join(sorted(words))
                flaws.append(Flaw(path, f"Member must satisfy enum value set: [{allowed}]"))
        elif not low <= len(value) <= high:
            flaws.append(Flaw(path, f"Member must have length between {low} and {high}"))
        elif fits is not None and not fits(value):
            told = f"Member must satisfy regular expression pattern: {shape['pattern']}"
            flaws.append(Flaw(path, told))

    return check


def _number_check(shape: Mapping[str, Any]) -> Check:
    low, high = shape.get("min", -(1 << 53)), shape.get("max", 1 << 53)

    def check(value: object, path: str, flaws: list[Flaw]) -> None:
        if not isinstance(value, int) or isinstance(value, bool) or not low <= value <= high:
            flaws.append(Flaw(path, f"Member must be a whole number between {low} and {high}"))

    return check


def _kind_check(kind: type | tuple[type, ...], told: str) -> Check:
    def check(value: object, path: str, flaws: list[Flaw]) -> None:
        if not isinstance(value, kind):
            flaws.append(Flaw(path, told))

    return check


def _list_check(of: Check, shape: Mapping[str, Any]) -> Check:
    low, high = shape.get("min", 0), shape.get("max", 1000)

    def check(value: object, path: str, flaws: list[Flaw]) -> None:
        if not isinstance(value, list) or not low <= len(value) <= high:
            flaws.append(Flaw(path, f"Member must be a list of {low} to {high}"))
            return
        for number, one in enumerate(value, start=1):
            of(one, f"{path}.{number}.member", flaws)

    return check


def _map_check(key: Check, of: Check) -> Check:
    def check(value: object, path: str, flaws: list[Flaw]) -> None:
        if not isinstance(value, dict):
            flaws.append(Flaw(path, "Member must be a map"))
            return
        for name, one in value.items():
            key(name, f"{path}.key", flaws)
            of(one, f"{path}.value", flaws)

    return check


def _structure_check(members: Mapping[str, Check], shape: Mapping[str, Any]) -> Check:
    required, union = tuple(shape.get("required", _NEVER)), bool(shape.get("union"))

    def check(value: object, path: str, flaws: list[Flaw]) -> None:
        if not isinstance(value, dict):
            flaws.append(Flaw(path, "Member must be a structure"))
            return
        dot = f"{path}." if path else ""
        for name in required:
            if value.get(name) is None:
                flaws.append(Flaw(f"{dot}{name}", "Member must not be null"))
        for name, one in value.items():
            known = members.get(name)
            if known is None:
                flaws.append(Flaw(path, "Member is not known to this service"))
            elif one is not None:
                known(one, f"{dot}{name}", flaws)
        if union and sum(one is not None for one in value.values()) != 1:
            flaws.append(Flaw(path, "Exactly one member of the union must be set"))

    return check
