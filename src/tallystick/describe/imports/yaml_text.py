"""YAML from strangers: plain text in tables and lists, and nothing that grows or hides.

Every scalar stays a string, so that nothing is taken for a date or a number. Anchors may be used
and merged, as models in the wild do, but what they unfold to is counted before it is unfolded.
"""

from __future__ import annotations

import re
from importlib import import_module
from typing import Any

from tallystick.ground.errors import Misconfigured
from tallystick.ground.shown import shown_text

_NODES_MAX = 100_000
"""Most tables, lists and words once every alias is unfolded."""
_DEPTH_MAX = 40
_MERGE = ("tag:yaml.org,2002:merge", re.compile("^<<$"))


def read_yaml(octets: bytes, *, octets_max: int, where: str) -> Any:
    """Tables, lists and strings of one YAML document.

    Refuses: Misconfigured for what is too long, no UTF-8, no YAML, nested too deeply, a key that
    stands twice, and aliases that unfold to too much or to themselves.
    """
    if len(octets) > octets_max:
        raise Misconfigured("the file is too long", where=where, allowed=f"{octets_max} octets")
    try:
        text = octets.decode("utf-8")
    except UnicodeDecodeError as error:
        line = octets[: error.start].count(b"\n") + 1
        raise Misconfigured("not UTF-8 text", where=f"{where}:{line}") from None
    return _parsed(_yaml(), text, where)


def _yaml() -> Any:
    try:
        return import_module("yaml")
    except ImportError:
        raise Misconfigured(
            "YAML is read only with PyYAML", allowed="pip install 'tallystick[exchange]'"
        ) from None


def _parsed(yaml: Any, text: str, where: str) -> Any:
    try:
        loader = yaml.SafeLoader(text)
        loader.yaml_implicit_resolvers = {"<": [_MERGE]}
        node = loader.get_single_node()
        if node is None:
            return None
        _Counter(yaml, where).count(node, 0)
        return loader.construct_document(node)
    except yaml.MarkedYAMLError as error:
        line = f":{error.problem_mark.line + 1}" if error.problem_mark else ""
        said = shown_text(error.problem or "cannot be read")
        raise Misconfigured(f"not YAML: {said}", where=f"{where}{line}") from None
    except (yaml.YAMLError, ValueError, TypeError, OverflowError) as error:
        said = shown_text(str(error).partition("\n")[0])
        raise Misconfigured(f"not YAML: {said}", where=where) from None
    except RecursionError:
        raise Misconfigured("nested too deeply", where=where) from None


class _Counter:
    """Looks at a document before anything is built from it."""

    def __init__(self, yaml: Any, where: str) -> None:
        self._mapping, self._scalar = yaml.MappingNode, yaml.ScalarNode
        self._where = where
        self._counts: dict[int, int] = {}
        self._open: set[int] = set()

    def count(self, node: Any, depth: int) -> int:
        """Nodes below one, every alias unfolded."""
        if id(node) in self._counts:
            return self._counts[id(node)]
        if depth > _DEPTH_MAX:
            raise self._refusal(node, "nested too deeply", f"{_DEPTH_MAX} levels")
        if id(node) in self._open:
            raise self._refusal(node, "an alias that unfolds to itself", "")
        self._open.add(id(node))
        total = 1 + sum(self.count(inner, depth + 1) for inner in self._inside(node))
        self._open.discard(id(node))
        if total > _NODES_MAX:
            raise self._refusal(node, "aliases or lists that unfold to too much", f"{_NODES_MAX}")
        self._counts[id(node)] = total
        return total

    def _inside(self, node: Any) -> list[Any]:
        if isinstance(node, self._scalar):
            return []
        if not isinstance(node, self._mapping):
            return list(node.value)
        seen: set[str] = set()
        for key, _ in node.value:
            name = key.value if isinstance(key, self._scalar) else None
            if name is None:
                raise self._refusal(key, "a key that is no word", "a word")
            if name in seen:
                raise self._refusal(key, f"{shown_text(name)} stands twice", "each key once")
            seen.add(name)
        return [inner for pair in node.value for inner in pair]

    def _refusal(self, node: Any, problem: str, allowed: str) -> Misconfigured:
        line = node.start_mark.line + 1
        return Misconfigured(problem, where=f"{self._where}:{line}", allowed=allowed)
