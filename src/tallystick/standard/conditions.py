"""Conditions over the facts of a service: small, total, and never silently false.

    condition  = any ;
    any        = all { "or" all } ;
    all        = not { "and" not } ;
    not        = "not" not | "(" any ")" | "always" | "never" | question ;
    question   = flag
               | words "has" string
               | word "in" ( string | "(" string { "," string } ")" )
               | number ( "<" | "<=" | "=" | "!=" | ">=" | ">" ) whole number ;

Names and their answers come from `standard.vocabulary`. A name that is not there, a value that is
not in its list and a comparison of the wrong type are refused when the condition is read, so no
rule can be dropped by a spelling mistake.
"""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Protocol

from tallystick.ground.errors import Defect, Misconfigured
from tallystick.standard.vocabulary import (
    VOCABULARY,
    Attribute,
    AttributeType,
    ServiceFacts,
)

_LENGTH_MAX, _DEPTH_MAX = 2_000, 32
_TOKEN = re.compile(
    r"""\s*(?:(?P<string>"[^"\n]*")|(?P<number>-?[0-9]{1,15}(?![0-9A-Za-z_.]))"""
    r"""|(?P<name>[a-z][a-z0-9_]*(?:\.[a-z][a-z0-9_]*)*)|(?P<sign><=|>=|!=|[<>=(),]))"""
)
_COMPARE: Mapping[str, Callable[[int, int], bool]] = {
    "<": operator.lt, "<=": operator.le, "=": operator.eq,
    "!=": operator.ne, ">=": operator.ge, ">": operator.gt,
}  # fmt: skip
_RESERVED = frozenset({"and", "or", "not", "has", "in", "always", "never"})


class _Node(Protocol):
    def holds(self, facts: ServiceFacts) -> bool: ...
    def names(self) -> frozenset[str]: ...


@dataclass(frozen=True, slots=True)
class _Constant:
    value: bool

    def holds(self, facts: ServiceFacts) -> bool:
        return self.value

    def names(self) -> frozenset[str]:
        return frozenset()


@dataclass(frozen=True, slots=True)
class _Not:
    inner: _Node

    def holds(self, facts: ServiceFacts) -> bool:
        return not self.inner.holds(facts)

    def names(self) -> frozenset[str]:
        return self.inner.names()


@dataclass(frozen=True, slots=True)
class _Join:
    every: bool
    parts: tuple[_Node, ...]

    def holds(self, facts: ServiceFacts) -> bool:
        answers = [part.holds(facts) for part in self.parts]
        return all(answers) if self.every else any(answers)

    def names(self) -> frozenset[str]:
        return frozenset().union(*(part.names() for part in self.parts))


@dataclass(frozen=True, slots=True)
class _Question:
    name: str
    relation: str
    values: tuple[str, ...] = ()
    number: int = 0

    def holds(self, facts: ServiceFacts) -> bool:
        answer = facts[self.name]
        if self.relation == "flag" and isinstance(answer, bool):
            return answer
        if self.relation == "has" and isinstance(answer, frozenset):
            return self.values[0] in answer
        if self.relation == "in" and isinstance(answer, str):
            return answer in self.values
        if self.relation in _COMPARE and type(answer) is int:
            return _COMPARE[self.relation](answer, self.number)
        raise Defect(f"{self.name!r} was answered with {type(answer).__name__}")

    def names(self) -> frozenset[str]:
        return frozenset({self.name})


@dataclass(frozen=True, slots=True, kw_only=True)
class Condition:
    """A condition that was read and understood; it can always be answered."""

    text: str
    root: _Node

    def holds(self, facts: ServiceFacts) -> bool:
        return self.root.holds(facts)

    @property
    def names(self) -> tuple[str, ...]:
        """The attributes that it asks about, sorted."""
        return tuple(sorted(self.root.names()))


def parse_condition(text: str, *, where: str = "") -> Condition:
    """Read a condition.

    Refuses: Misconfigured for anything that is not in the grammar or the vocabulary, with what is
    allowed in that place.

    >>> parse_condition('channels has "nfc" and agents.count > 0').names
    ('agents.count', 'channels')
    """
    if len(text) > _LENGTH_MAX:
        raise Misconfigured(f"a condition of {len(text)} characters", where=where, allowed="2000")
    reader = _Reader(_tokens(text, where), text, where)
    root = reader.any_of(0)
    reader.end()
    return Condition(text=text, root=root)


def _tokens(text: str, where: str) -> list[tuple[str, str]]:
    found, at, end = [], 0, len(text.rstrip())
    while at < end:
        match = _TOKEN.match(text, at)
        if match is None or match.lastgroup is None:
            raise Misconfigured(f"cannot read {text[at : at + 20]!r} in {text!r}", where=where)
        found.append((match.lastgroup, match.group(match.lastgroup)))
        at = match.end()
    return found


class _Reader:
    def __init__(self, tokens: list[tuple[str, str]], text: str, where: str) -> None:
        self._tokens, self._text, self._where, self._at = tokens, text, where, 0

    def any_of(self, depth: int) -> _Node:
        return self._joined(depth, word="or", part=self._all_of)

    def _all_of(self, depth: int) -> _Node:
        return self._joined(depth, word="and", part=self._negated)

    def _joined(self, depth: int, *, word: str, part: Callable[[int], _Node]) -> _Node:
        parts = [part(depth)]
        while self._peek() == ("name", word):
            self._at += 1
            parts.append(part(depth))
        return parts[0] if len(parts) == 1 else _Join(word == "and", tuple(parts))

    def _negated(self, depth: int) -> _Node:
        if depth > _DEPTH_MAX:
            raise self._refusal("nested too deeply", allowed=f"{_DEPTH_MAX} levels")
        if self._peek() == ("name", "not"):
            self._at += 1
            return _Not(self._negated(depth + 1))
        if self._peek() == ("sign", "("):
            self._at += 1
            inner = self.any_of(depth + 1)
            self._demand("sign", ")")
            return inner
        return self._question()

    def _question(self) -> _Node:
        name = self._take("name", "an attribute of a service")
        if name in ("always", "never"):
            return _Constant(name == "always")
        attribute = VOCABULARY.get(name)
        if attribute is None or name in _RESERVED:
            raise self._refusal(f"{name!r} is not asked of services", allowed=", ".join(VOCABULARY))
        if attribute.type is AttributeType.FLAG:
            return _Question(name, "flag")
        if attribute.type is AttributeType.WORDS:
            self._demand("name", "has")
            return _Question(name, "has", (self._value(name, attribute),))
        if attribute.type is AttributeType.WORD:
            self._demand("name", "in")
            return _Question(name, "in", self._values(name, attribute))
        sign = self._take("sign", "a comparison")
        if sign not in _COMPARE:
            raise self._refusal(f"{name} {sign}", allowed=" ".join(_COMPARE))
        return _Question(name, sign, number=int(self._take("number", "a whole number")))

    def _values(self, name: str, attribute: Attribute) -> tuple[str, ...]:
        if self._peek() != ("sign", "("):
            return (self._value(name, attribute),)
        self._at += 1
        values = [self._value(name, attribute)]
        while self._peek() == ("sign", ","):
            self._at += 1
            values.append(self._value(name, attribute))
        self._demand("sign", ")")
        return tuple(values)

    def _value(self, name: str, attribute: Attribute) -> str:
        value = self._take("string", "a word in double quotes")[1:-1]
        if value not in attribute.values:
            allowed = ", ".join(sorted(attribute.values))
            raise self._refusal(f"{name} is never {value!r}", allowed=allowed)
        return value

    def _peek(self) -> tuple[str, str] | None:
        return self._tokens[self._at] if self._at < len(self._tokens) else None

    def _take(self, kind: str, wanted: str) -> str:
        token = self._peek()
        if token is None or token[0] != kind:
            raise self._refusal(self._found(token), allowed=wanted)
        self._at += 1
        return token[1]

    def _demand(self, kind: str, text: str) -> None:
        token = self._peek()
        if token != (kind, text):
            raise self._refusal(self._found(token), allowed=repr(text))
        self._at += 1

    def end(self) -> None:
        if self._peek() is not None:
            raise self._refusal(self._found(self._peek()), allowed="and, or, or the end")

    def _found(self, token: tuple[str, str] | None) -> str:
        return f"found {token[1]}" if token else "the condition ends too early"

    def _refusal(self, problem: str, *, allowed: str) -> Misconfigured:
        return Misconfigured(f"{problem} in {self._text!r}", where=self._where, allowed=allowed)
