"""People: their signing keys, the file that names them, and what their signatures look like."""

from __future__ import annotations

import time
import tomllib
from collections.abc import Sequence
from pathlib import Path

import msgspec

from tallystick.cli.keys.opening import signing_key
from tallystick.crypto.keys import Approval, Custodian, approval_octets, create_signer_file
from tallystick.ground.errors import Misconfigured
from tallystick.ground.identifiers import NotAnIdentifier, from_base64url, to_base64url
from tallystick.ground.secret import Secret


def create_person(name: str, role: str, path: Path, passphrase: Secret | None) -> str:
    """Make a person's signing key; gives the lines for the file of people."""
    shown = Custodian(name=name, role=role, public=bytes(32))
    _check(shown, where=name)
    public = create_signer_file(path, passphrase)
    return f'[[person]]\nname = "{name}"\nrole = "{role}"\npublic = "{to_base64url(public)}"\n'


def read_people(path: Path) -> list[Custodian]:
    """The people of a file (TOML). Refuses: Misconfigured, with the file and the entry."""
    try:
        entries = tomllib.loads(path.read_text(encoding="utf-8")).get("person", [])
    except OSError as error:
        raise Misconfigured(f"cannot be read: {error.strerror}", where=str(path)) from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise Misconfigured(f"not TOML: {error}", where=str(path)) from None
    if not isinstance(entries, list) or not entries:
        allowed = "one table [[person]] each, as tallystick keys person prints it"
        raise Misconfigured("names nobody", where=str(path), allowed=allowed)
    return [_read(entry, f"{path}: person {n}") for n, entry in enumerate(entries, start=1)]


def sign_approval(statement: bytes, *, name: str, key_file: Path) -> Approval:
    """One person's signature over a request, now."""
    key, at_ms = signing_key(key_file), time.time_ns() // 1_000_000
    octets = approval_octets(statement, name=name, at_ms=at_ms)
    return Approval(name=name, at_ms=at_ms, signature=key.sign(octets))


def show_people(people: Sequence[Custodian]) -> str:
    """One line for each."""
    return "\n".join(f"{one.name:<16} {one.role:<10} {to_base64url(one.public)}" for one in people)


def _read(entry: object, where: str) -> Custodian:
    if not isinstance(entry, dict) or set(entry) != {"name", "role", "public"}:
        raise Misconfigured("not a person", where=where, allowed="name, role and public")
    try:
        public = from_base64url(str(entry["public"]))
    except NotAnIdentifier:
        raise Misconfigured(
            "not a public key", where=where, allowed="base64url, 32 octets"
        ) from None
    person = Custodian(name=str(entry["name"]), role=str(entry["role"]), public=public)
    _check(person, where=where)
    return person


def _check(person: Custodian, *, where: str) -> None:
    try:
        msgspec.convert(msgspec.to_builtins(person), Custodian)
    except msgspec.ValidationError as error:
        raise Misconfigured(
            str(error),
            where=where,
            allowed="a name of small letters, a role of officer, custodian or auditor",
        ) from None
