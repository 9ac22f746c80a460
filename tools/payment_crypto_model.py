"""The snapshot of the payment cryptography wire: `python -m tools.payment_crypto_model write`.

It keeps of the service models that botocore carries (Apache-2.0; see NOTICE) the facts that decide
whether a request is well formed: names, limits, patterns, enumerations, and no sentence of their
documentation. `drift` says how the snapshot differs from the botocore that is installed.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

SNAPSHOT = (
    Path(__file__).parents[1] / "src/tallystick/serve/payment_crypto/data/model.json"
)  # fmt: skip
SERVICES = {"control": "payment-cryptography", "data": "payment-cryptography-data"}
_LIMITS = ("min", "max", "pattern", "enum")
_FLAGS = ("union", "sensitive")


def installed() -> dict[str, Any]:
    """What the installed botocore says of both planes, in our form."""
    import botocore
    from botocore.loaders import Loader

    loader = Loader()
    planes = {
        plane: compact(loader.load_service_model(name, "service-2"))
        for plane, name in SERVICES.items()
    }
    return {"source": f"botocore {botocore.__version__}, Apache-2.0", **planes}


def compact(model: dict[str, Any]) -> dict[str, Any]:
    """One service: its operations and the shapes that they reach."""
    metadata = model["metadata"]
    return {
        "version": metadata["apiVersion"],
        "protocol": metadata["protocol"],
        "target": metadata.get("targetPrefix", ""),
        "operations": {name: _operation(one) for name, one in sorted(model["operations"].items())},
        "shapes": {name: _shape(one) for name, one in sorted(model["shapes"].items())},
    }


def _operation(one: dict[str, Any]) -> dict[str, Any]:
    return {
        "path": one["http"]["requestUri"],
        "input": one["input"]["shape"],
        "output": one["output"]["shape"],
        "errors": sorted(error["shape"] for error in one.get("errors", ())),
    }


def _shape(one: dict[str, Any]) -> dict[str, Any]:
    kept: dict[str, Any] = {"type": one["type"]}
    kept |= {name: one[name] for name in _LIMITS if name in one}
    kept |= {name: True for name in _FLAGS if one.get(name)}
    if one["type"] == "structure":
        kept["members"] = {name: member["shape"] for name, member in one["members"].items()}
        kept["required"] = list(one.get("required", ()))
        kept |= {"status": one["error"]["httpStatusCode"]} if "error" in one else {}
    if one["type"] == "list":
        kept["of"] = one["member"]["shape"]
    if one["type"] == "map":
        kept["key"], kept["of"] = one["key"]["shape"], one["value"]["shape"]
    return kept


def drift(kept: dict[str, Any], found: dict[str, Any]) -> Iterator[str]:
    """A line for every operation and shape that is new, gone or other than in the snapshot."""
    for plane in SERVICES:
        for part in ("operations", "shapes"):
            ours, theirs = kept[plane][part], found[plane][part]
            for name in sorted(ours.keys() | theirs.keys()):
                if name not in ours:
                    yield f"{plane} {part} {name}: new"
                elif name not in theirs:
                    yield f"{plane} {part} {name}: gone"
                elif ours[name] != theirs[name]:
                    yield f"{plane} {part} {name}: changed"


def written(model: dict[str, Any]) -> str:
    """The file: one line for each operation and shape, so that a change is a line of a diff."""
    lines = ["{", f'"source": {json.dumps(model["source"])},']
    for plane in SERVICES:
        one = model[plane]
        lines += [f'"{plane}": {{']
        lines += [
            f'"{name}": {json.dumps(one[name])},' for name in ("version", "protocol", "target")
        ]
        for part in ("operations", "shapes"):
            rows = [f'"{name}": {json.dumps(row)}' for name, row in one[part].items()]
            end = "}" if part == "shapes" else "},"
            lines += [f'"{part}": {{', ",\n".join(rows), end]
        lines += ["}" if plane == "data" else "},"]
    return "\n".join([*lines, "}"]) + "\n"


def main(arguments: list[str]) -> int:
    found = installed()
    if arguments == ["write"]:
        SNAPSHOT.write_text(written(found), "utf-8")
        return 0
    changes = list(drift(json.loads(SNAPSHOT.read_text("utf-8")), found))
    sys.stdout.writelines(f"{line}\n" for line in changes)
    return 1 if changes else 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
