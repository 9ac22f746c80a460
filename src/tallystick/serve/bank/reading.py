"""Strangers' XML: bounded, without document types or entities, one known namespace, then a tree."""

from __future__ import annotations

import re
from dataclasses import dataclass
from xml.etree import ElementTree
from xml.parsers import expat

from tallystick.ground.limits import BANK_FILE_MAX
from tallystick.serve.bank.refusals import BankFileRefused, quoted

DEPTH_MAX = 24
"""The deepest message that we read is 13 deep."""
ELEMENTS_MAX = 1_000_000
NAMESPACE = "urn:iso:std:iso:20022:tech:xsd:"
_SCHEMA = "http://www.w3.org/2001/XMLSchema-instance "
_DECLARATION = re.compile(
    r"""<\?xml\s+version=["']1\.0["'](\s+encoding=["'][Uu][Tt][Ff]-8["'])?"""
    r"""(\s+standalone=["'](yes|no)["'])?\s*\?>"""
)
_BEYOND = re.compile("<!(?!--)|<\\?|\0")
_AMOUNT = re.compile(r"[0-9]{1,18}(\.[0-9]{1,17})?")
_NUMBERS = ("CtrlSum", "OrgnlCtrlSum", "Sum", "TtlNetNtryAmt")
"""Elements without a currency that hold a decimal number."""


@dataclass(frozen=True, slots=True)
class Tree:
    """A file that is well-formed and of one namespace: which one, and its root."""

    definition: str
    root: ElementTree.Element


def read_tree(octets: bytes) -> Tree:
    """Read a file's octets into a tree of elements.

    Document types, entities and processing instructions are refused in the text, before a parser
    sees them; nothing outside the file is ever opened.
    Refuses: BankFileRefused.
    """
    if len(octets) > BANK_FILE_MAX:
        raise BankFileRefused(
            "the file is too long", allowed=f"at most {BANK_FILE_MAX // 2**20} MiB"
        )
    try:
        text = octets.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise BankFileRefused(
            "not UTF-8", where=f"octet {error.start}", allowed="XML 1.0 in UTF-8"
        ) from None
    _demand_plain(text)
    builder = _Builder()
    builder.feed(text)
    return builder.tree()


def _demand_plain(text: str) -> None:
    """Refuse what XML can do beyond elements, text and comments."""
    declared = _DECLARATION.match(text)
    found = _BEYOND.search(text, declared.end() if declared else 0)
    if found:
        line = text.count("\n", 0, found.start()) + 1
        raise BankFileRefused(
            "has a document type, an entity, CDATA, an instruction or a NUL",
            where=f"line {line}",
            allowed="elements, text and comments",
        )


class _Builder:
    """Makes the tree, and refuses at the first thing that no bank message has."""

    def __init__(self) -> None:
        self._parser = expat.ParserCreate("utf-8", namespace_separator=" ")
        self._parser.buffer_text = True
        self._parser.StartElementHandler = self._start
        self._parser.EndElementHandler = self._end
        self._parser.CharacterDataHandler = self._text
        self._parser.StartDoctypeDeclHandler = self._doctype
        self._open: list[ElementTree.Element] = []
        self._root: ElementTree.Element | None = None
        self._definition = ""
        self._count = 0

    def feed(self, text: str) -> None:
        try:
            self._parser.Parse(text.encode("utf-8"), True)
        except expat.ExpatError as error:
            raise BankFileRefused(
                f"not XML: {expat.errors.messages.get(error.code, 'malformed')}",
                where=f"line {error.lineno}",
                allowed="a well-formed document",
            ) from None

    def tree(self) -> Tree:
        if self._root is None:
            raise BankFileRefused("has no elements", allowed="one Document")
        return Tree(self._definition, self._root)

    def _start(self, tag: str, attributes: dict[str, str]) -> None:
        namespace, _, name = tag.rpartition(" ")
        self._count += 1
        if self._root is None:
            self._demand_document(namespace, name)
        elif namespace != NAMESPACE + self._definition:
            self._refuse(
                f"element {quoted(name)} is of the namespace {quoted(namespace)}",
                allowed=f"only {NAMESPACE}{self._definition}",
            )
        if len(self._open) >= DEPTH_MAX or self._count > ELEMENTS_MAX:
            self._refuse(
                "too deep or too many elements",
                allowed=f"{DEPTH_MAX} levels and {ELEMENTS_MAX} elements",
            )
        for key in attributes:
            if key != "Ccy" and (self._open or not key.startswith(_SCHEMA)):
                self._refuse(f"{name} has the attribute {quoted(key)}", allowed="Ccy of an amount")
        kept = {key: value for key, value in attributes.items() if key == "Ccy"}
        element = ElementTree.Element(f"{{{namespace}}}{name}", kept)
        if self._open:
            self._open[-1].append(element)
        self._root = element if self._root is None else self._root
        self._open.append(element)

    def _end(self, tag: str) -> None:
        element, name = self._open[-1], tag.rpartition(" ")[2]
        if len(element):
            if (element.text or "").strip():
                self._refuse(f"text stands between the elements of {name}", allowed="elements")
            element.text = None
        elif ("Ccy" in element.attrib or name in _NUMBERS) and not _AMOUNT.fullmatch(
            (element.text or "").strip()
        ):
            self._refuse(
                f"{quoted(element.text or '')} is not an amount",
                allowed="digits and at most one point",
            )
        self._open.pop()

    def _text(self, text: str) -> None:
        if self._open:
            element = self._open[-1]
            element.text = (element.text or "") + text

    def _doctype(self, *_: object) -> None:
        self._refuse("has a document type", allowed="none")

    def _demand_document(self, namespace: str, name: str) -> None:
        if name != "Document" or not namespace.startswith(NAMESPACE):
            self._refuse(
                f"the root is {quoted(name)} of {quoted(namespace)}",
                allowed=f"Document of {NAMESPACE}...",
            )
        self._definition = namespace.removeprefix(NAMESPACE)

    def _refuse(self, problem: str, *, allowed: str) -> None:
        names = [element.tag.rpartition("}")[2] for element in self._open]
        path = "/".join(names[:DEPTH_MAX])
        where = f"line {self._parser.CurrentLineNumber}" + (f", {path}" if path else "")
        raise BankFileRefused(problem, where=where, allowed=allowed)
