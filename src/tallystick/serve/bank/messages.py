"""Which messages and versions there are, and the one way in and out for all of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from importlib import import_module
from typing import Any

from tallystick.ground.errors import Misconfigured
from tallystick.serve.bank import payments, returns, statements, statuses
from tallystick.serve.bank.model import Message
from tallystick.serve.bank.reading import read_tree
from tallystick.serve.bank.refusals import BankFileRefused, quoted


@dataclass(frozen=True, slots=True, kw_only=True)
class _Kind:
    """A kind of message: versions that are read, the one that is written, and how."""

    reads: tuple[str, ...]
    writes: str
    read: Callable[[Any], Message]
    write: Callable[[Any], dict[str, Any]]


_KINDS: Mapping[str, _Kind] = {
    "pain.001": _Kind(
        reads=("001.03", "001.08", "001.09", "001.10", "001.11", "001.12"),
        writes="001.09",
        read=payments.read_initiation,
        write=payments.write_initiation,
    ),
    "pain.002": _Kind(
        reads=("001.03", "001.08", "001.10", "001.11", "001.12", "001.13", "001.14"),
        writes="001.10",
        read=statuses.read_customer_report,
        write=statuses.write_customer_report,
    ),
    "pacs.008": _Kind(
        reads=("001.08", "001.09", "001.10", "001.11", "001.12", "001.13"),
        writes="001.08",
        read=payments.read_interbank,
        write=payments.write_interbank,
    ),
    "pacs.002": _Kind(
        reads=("001.10", "001.11", "001.12", "001.13", "001.14", "001.15"),
        writes="001.10",
        read=statuses.read_interbank_report,
        write=statuses.write_interbank_report,
    ),
    "pacs.004": _Kind(
        reads=("001.09", "001.10", "001.11", "001.13", "001.14"),
        writes="001.09",
        read=returns.read_returns,
        write=returns.write_returns,
    ),
    "camt.053": _Kind(
        reads=("001.02", "001.04", "001.08", "001.09", "001.10", "001.11", "001.12"),
        writes="001.08",
        read=statements.read_statements,
        write=statements.write_statements,
    ),
    "camt.054": _Kind(
        reads=("001.02", "001.04", "001.08", "001.09", "001.10", "001.11", "001.12"),
        writes="001.08",
        read=statements.read_notifications,
        write=statements.write_notifications,
    ),
    "camt.056": _Kind(
        reads=("001.08", "001.09", "001.10", "001.11"),
        writes="001.08",
        read=returns.read_recalls,
        write=returns.write_recalls,
    ),
}

VERSIONS: Mapping[str, tuple[tuple[str, ...], str]] = {
    kind: (tuple(f"{kind}.{version}" for version in known.reads), f"{kind}.{known.writes}")
    for kind, known in _KINDS.items()
}
"""By kind: the definitions that are read, and the one that is written."""


def read_message(octets: bytes) -> Message:
    """Read a file of a bank, whichever of our messages it is.

    Refuses: BankFileRefused for anything but one Document of a definition in VERSIONS that holds
             every rule of its schema.
    """
    tree = read_tree(octets)
    kind = _KINDS.get(tree.definition[:8])
    if kind is None or tree.definition not in VERSIONS[tree.definition[:8]][0]:
        known = VERSIONS.get(tree.definition[:8])
        raise BankFileRefused(
            f"{quoted(tree.definition)} is not read here",
            where="Document",
            allowed=", ".join(known[0] if known else sorted(VERSIONS)),
        )
    return kind.read(_body(_schemas().parse_document(tree)))


def write_message(message: Message) -> bytes:
    """Write a message as a file, the same octets for the same message.

    Refuses: BankFileRefused when a value does not fit the message.
    """
    definition, schemas = VERSIONS[message.kind][1], _schemas()
    document = schemas.build_document(definition, _KINDS[message.kind].write(message))
    octets: bytes = schemas.render_document(definition, document)
    return octets


def _schemas() -> Any:
    """The room's part that needs the extra. Refuses: Misconfigured when it is not installed."""
    try:
        return import_module("tallystick.serve.bank.schemas")
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] not in ("pyiso20022", "xsdata"):
            raise
        raise Misconfigured(
            "bank files need pyiso20022 and xsdata", allowed="pip install 'tallystick[bank]'"
        ) from None


def _body(document: Any) -> Any:
    """The one message of a Document."""
    (name,) = (field.name for field in fields(document))
    return getattr(document, name)
