"""The parts of the house style that a machine can check."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tests.house.tree import ROOT, files, here, modules, parsed

FILE_LINES_MAX = 400
FUNCTION_LINES_MAX = 60

# A ratchet: what is over the aim, by how much at most, and why. Entries may shrink or go, not grow.
LONG_FILES: dict[str, tuple[int, str]] = {}
LONG_FUNCTIONS: dict[str, tuple[int, str]] = {}

# The only places that may catch every exception, each with its reason.
# A handler that ends in a bare `raise` only tidies up and is not meant.
CATCHES_EVERYTHING: dict[str, str] = {
    "src/tallystick/protect/corridor/corridor.py": "a check that breaks refuses the order",
    "src/tallystick/protect/corridor/intake.py": "a check that breaks refuses one message of a batch",
    "src/tallystick/protect/enforcement/committer.py": "a batch that breaks is acknowledged to no one",
    "src/tallystick/serve/api/counter.py": "a batch that breaks is told to everyone who waits",
    "src/tallystick/serve/api/edge.py": "an edge that breaks tells the outsider nothing",
    "src/tallystick/serve/api/endpoints.py": "an endpoint that breaks tells the outsider nothing",
    "src/tallystick/serve/edges/station.py": "an item that breaks closes for its edge alone",
    "src/tallystick/serve/turns.py": "a turn that breaks is told to everyone who waits",
    "src/tallystick/protect/corridor/sequencer.py": "a check that breaks refuses one message",
    "src/tallystick/crypto/payment/module.py": "a call that breaks says no more than that",
    "src/tallystick/serve/mobile_money/application.py": "the same, for partners",
    "src/tallystick/serve/mobile_money/callbacks.py": "what could not be told is told later",
    "src/tallystick/serve/interop/edge.py": "an edge that breaks tells the outsider nothing",
    "src/tallystick/serve/interop/messenger.py": "one message that breaks silences no other",
    "src/tallystick/serve/payment_crypto/application.py": "the same, for programs that use keys",
    "src/tallystick/serve/payment_crypto/asking.py": "an exchange that breaks is told to all who wait",
    "src/tallystick/serve/shards/link.py": "a half that breaks is asked for again",
    "src/tallystick/serve/shards/courier.py": "what was not carried is carried on later",
    "src/tallystick/serve/sweeping.py": "what was not given back is looked at again later",
}

# Strangers' data becomes ours at these edges only (docs/design/0004-sealed-message-is-an-edge.md).
EDGES = (
    "src/tallystick/describe/",
    "src/tallystick/serve/",
    "src/tallystick/handset/",
    "src/tallystick/crypto/envelopes/",  # headers of containers
    "src/tallystick/crypto/keys/key_file.py",  # a sealed file
    "src/tallystick/crypto/keys/hub_file.py",  # a sealed file
    "src/tallystick/cli/keys/requests.py",  # a request that others signed
    "src/tallystick/crypto/keys/ceremonies.py",  # scripts and transcripts
    "src/tallystick/crypto/keys/custodians.py",  # signatures from elsewhere
    "src/tallystick/crypto/keys/managed.py",  # a record from a database that is not trusted
    "src/tallystick/crypto/keys/access_file.py",  # a sealed file
    "src/tallystick/crypto/modules/",  # frames between two processes
    "src/tallystick/backends/pkcs11/frames.py",  # the same
    "src/tallystick/backends/pkcs11/settings.py",  # the operator's file
    "src/tallystick/crypto/payment/",  # calls between two processes
    "src/tallystick/crypto/payment_process/",  # frames between two processes
    "src/tallystick/protect/corridor/bodies.py",  # what a sealed message holds
    "src/tallystick/protect/corridor/partner_bodies.py",  # what a partner's order holds
    "src/tallystick/protect/crossing/halves.py",  # what another shard's receipt says
    "src/tallystick/assembly/vault_file.py",  # the operator's file
    "src/tallystick/assembly/crossings.py",  # another shard's receipt and its proof
    "src/tallystick/protect/devices/",  # what a device says in its own signed containers
    "src/tallystick/protect/messages/",
    "src/tallystick/protect/signatures/intent.py",  # the transaction that the customer signed
    "src/tallystick/protect/signatures/terms.py",  # what a customer let a partner take
    "src/tallystick/protect/screening/",  # an imported list
)

# Words that the glossary replaces, when they stand alone in a name.
REPLACED = {
    "blacklist": "list",
    "kcv": "check value",
    "receiver": "payee",
    "sender": "payer",
    "txn": "transfer, or payment order",
}

_SQL = re.compile(
    r"\b(SELECT\s.+\sFROM|INSERT\s+(OR\s+\w+\s+)?INTO|UPDATE\s+\w+\s+SET|DELETE\s+FROM|"
    r"CREATE\s+(TABLE|INDEX|TRIGGER)|PRAGMA)\s",
    re.DOTALL,
)

EVERY_FILE = tuple(path for path in files() if path.suffix == ".py")


def test_files_are_short() -> None:
    long = {}
    for path in EVERY_FILE:
        allowed, _ = LONG_FILES.get(here(path), (FILE_LINES_MAX, ""))
        count = len(path.read_text(encoding="utf-8").splitlines())
        if count > allowed:
            long[here(path)] = count
    assert long == {}, "which noun is missing?"


def test_functions_are_short() -> None:
    long = {}
    for path in EVERY_FILE:
        for node in _walk(path, ast.FunctionDef, ast.AsyncFunctionDef):
            place = f"{here(path)}:{node.name}"
            allowed, _ = LONG_FUNCTIONS.get(place, (FUNCTION_LINES_MAX, ""))
            count = (node.end_lineno or node.lineno) - node.lineno + 1
            if count > allowed:
                long[place] = count
    assert long == {}, "which noun is missing?"


def test_ratchets_name_what_exists() -> None:
    known = {here(path) for path in files()}
    listed = {*LONG_FILES, *CATCHES_EVERYTHING, *(name.split(":")[0] for name in LONG_FUNCTIONS)}
    assert listed <= known


def test_nothing_is_left_for_later() -> None:
    others = (path for path in EVERY_FILE if path != Path(__file__).resolve())
    words = re.compile(r"\b(TODO|FIXME|HACK)\b")
    assert [here(p) for p in others if words.search(p.read_text(encoding="utf-8"))] == []


def test_only_the_command_line_prints() -> None:
    rooms = [path for path in modules() if not here(path).startswith("src/tallystick/cli/")]
    prints = [
        _place(path, call)
        for path in rooms
        for call in _walk(path, ast.Call)
        if isinstance(call.func, ast.Name) and call.func.id == "print"
    ]
    assert prints == []


def test_nobody_catches_everything() -> None:
    wide = {
        here(path)
        for path in modules()
        for handler in _walk(path, ast.ExceptHandler)
        if _catches_everything(handler)
    }
    assert wide - CATCHES_EVERYTHING.keys() == set(), "name the errors that you expect"
    assert CATCHES_EVERYTHING.keys() - wide == set(), "the list may only shrink: remove these"


def test_sql_lives_in_backends() -> None:
    rooms = [path for path in modules() if not here(path).startswith("src/tallystick/backends/")]
    found = [_place(path, text) for path in rooms for text in _texts(path) if _is_sql(text)]
    assert found == []


def test_strangers_data_stays_at_the_edge() -> None:
    inside = [path for path in modules() if not here(path).startswith(EDGES)]
    structs = [
        f"{_place(path, node)} {node.name}"
        for path in inside
        for node in _walk(path, ast.ClassDef)
        if any("Struct" in ast.unparse(base) for base in node.bases)
    ]
    assert structs == [], "an edge struct never crosses a room's door"


def test_names_come_from_the_glossary() -> None:
    replaced = {
        f"{here(path)}: {name}"
        for path in modules()
        for name in _names(path)
        if set(re.sub(r"([a-z])([A-Z])", r"\1_\2", name).lower().split("_")) & REPLACED.keys()
    }
    assert replaced == set(), f"the glossary has other words: {REPLACED}"


def test_commands_are_executable() -> None:
    assert (ROOT / ".ci" / "run").stat().st_mode & 0o111


def _catches_everything(handler: ast.ExceptHandler) -> bool:
    last = handler.body[-1]
    if isinstance(last, ast.Raise) and last.exc is None:
        return False
    caught = handler.type
    if caught is None:
        return True
    types = caught.elts if isinstance(caught, ast.Tuple) else [caught]
    return any(isinstance(t, ast.Name) and t.id in ("Exception", "BaseException") for t in types)


def _is_sql(text: ast.Constant) -> bool:
    return _SQL.search(str(text.value)) is not None


def _place(path: Path, node: ast.expr | ast.stmt) -> str:
    return f"{here(path)}:{node.lineno}"


def _walk(path: Path, *kinds: type[Any]) -> Iterator[Any]:
    return (node for node in ast.walk(parsed(path)) if isinstance(node, kinds))


def _texts(path: Path) -> Iterator[ast.Constant]:
    """String constants, without docstrings."""
    bare = {id(expression.value) for expression in _walk(path, ast.Expr)}
    for node in _walk(path, ast.Constant):
        if isinstance(node.value, str) and id(node) not in bare:
            yield node


def _names(path: Path) -> Iterator[str]:
    for node in ast.walk(parsed(path)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            yield node.name
        elif isinstance(node, ast.arg):
            yield node.arg
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            yield node.id
