"""vault.toml: which keys a vault of tokens has, its domains, and who may have what.

The file is the operator's. Its digest stands in every fact of the vault, so that each says under
which rules it was decided.
"""

from __future__ import annotations

import json
import re
import secrets
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal

import msgspec

from tallystick.crypto.keys import read_private, replace_private, write_new_private
from tallystick.ground.canonical import digest
from tallystick.ground.clock import DAY_MS
from tallystick.ground.errors import Misconfigured
from tallystick.ground.identifiers import to_base64url
from tallystick.ground.limits import SERVICE_FILE_MAX
from tallystick.protect.tokens import Form, ReleaseRule, TokenDomain, TokenRange

VAULT_SETTINGS = "vault.toml"
_DAY_S = DAY_MS // 1000
_SEALING = re.compile(r'^sealing = "[^"\n]*"$', re.MULTILINE)

Party = Annotated[str, msgspec.Meta(min_length=1, max_length=140)]
Positive = Annotated[int, msgspec.Meta(ge=1, le=10**9)]


class _Domain(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    name: str
    prefix: str
    length: int = 16
    days: Annotated[int, msgspec.Meta(ge=0, le=36_500)] = 0
    makers: list[Party] = []
    keepers: list[Party] = []

    def inside(self) -> TokenDomain:
        return TokenDomain(
            name=self.name,
            range=TokenRange(prefix=self.prefix, length=self.length),
            lifetime_s=self.days * _DAY_S or None,
            makers=tuple(self.makers),
            keepers=tuple(self.keepers),
        )


class _Rule(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    party: Party
    purpose: Annotated[str, msgspec.Meta(min_length=1, max_length=64)]
    domains: Annotated[list[str], msgspec.Meta(min_length=1)]
    per_day: Positive
    whole: bool = False

    def inside(self) -> ReleaseRule:
        return ReleaseRule(
            party=self.party,
            purpose=self.purpose,
            domains=tuple(self.domains),
            form=Form.WHOLE if self.whole else Form.MASKED,
            per_day_max=self.per_day,
        )


class _File(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    format: Literal[1]
    id: Annotated[str, msgspec.Meta(pattern=r"\Avault-[A-Za-z0-9_-]{22}\Z")]
    keys: Annotated[str, msgspec.Meta(min_length=1)]
    sealing: Annotated[str, msgspec.Meta(min_length=1)]
    index: Annotated[str, msgspec.Meta(min_length=1)]
    store: Annotated[str, msgspec.Meta(pattern=r"\A(postgres(ql)?://.*)?\Z")] = ""
    domain: list[_Domain] = []
    rule: list[_Rule] = []


@dataclass(frozen=True, slots=True, kw_only=True)
class VaultSettings:
    """What vault.toml says. `keys` is the home of the module; `digest` is that of the file."""

    id: str
    keys: Path
    sealing: str
    index: str
    store: str
    domains: tuple[TokenDomain, ...]
    rules: tuple[ReleaseRule, ...]
    digest: str


def create_vault_file(folder: Path, *, keys: Path, sealing: str, index: str, store: str) -> None:
    """Make a folder of mode 0700 with a vault.toml that has no domain yet.

    Refuses: Misconfigured where there is one already.
    """
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    identity = f"vault-{to_base64url(secrets.token_bytes(16))}"
    lines = {
        "id": identity, "keys": str(keys.absolute()), "sealing": sealing, "index": index,
        "store": store,
    }  # fmt: skip
    text = "format = 1\n" + "".join(f"{name} = {_toml(value)}\n" for name, value in lines.items())
    _parsed(text, folder)
    write_new_private(folder / VAULT_SETTINGS, text.encode("utf-8"))


def read_vault_file(folder: Path) -> VaultSettings:
    """Refuses: Misconfigured for a file that is missing, open to others, or not what it may be."""
    return _parsed(_text(folder), folder)


def add_to_vault_file(
    folder: Path, table: Literal["domain", "rule"], members: dict[str, str | int | Sequence[str]]
) -> VaultSettings:
    """Write one more domain or rule at the end; what was written by hand stays as it is.

    Refuses: Misconfigured when the file would not be one any more.
    """
    block = "".join(f"{name} = {_toml(value)}\n" for name, value in members.items())
    return _replace(folder, f"{_text(folder).rstrip()}\n\n[[{table}]]\n{block}")


def name_sealing_key(folder: Path, sealing: str) -> VaultSettings:
    """Have the vault seal under another key from its next opening on. Refuses: Misconfigured."""
    text, count = _SEALING.subn(f"sealing = {_toml(sealing)}", _text(folder))
    if count != 1:
        where = str(folder / VAULT_SETTINGS)
        raise Misconfigured("which key seals?", where=where, allowed='one line sealing = "..."')
    return _replace(folder, text)


def _replace(folder: Path, text: str) -> VaultSettings:
    settings = _parsed(text, folder)
    replace_private(folder / VAULT_SETTINGS, text.encode("utf-8"))
    return settings


def _text(folder: Path) -> str:
    path = folder / VAULT_SETTINGS
    if not path.exists():
        where, allowed = str(folder), "tallystick tokens init VAULT --keys HOME"
        raise Misconfigured("no vault of tokens here", where=where, allowed=allowed)
    try:
        return read_private(path, octets_max=SERVICE_FILE_MAX).decode("utf-8")
    except UnicodeDecodeError:
        raise Misconfigured("not UTF-8", where=str(path)) from None


def _parsed(text: str, folder: Path) -> VaultSettings:
    where = str(folder / VAULT_SETTINGS)
    try:
        file = msgspec.convert(tomllib.loads(text), _File, strict=True)
        domains = tuple(one.inside() for one in file.domain)
        rules = tuple(one.inside() for one in file.rule)
    except msgspec.ValidationError as error:
        allowed = "the tables of docs/guides/tokens.md"
        raise Misconfigured(str(error), where=where, allowed=allowed) from None
    except (ValueError, RecursionError) as error:
        raise Misconfigured(f"not TOML: {error}", where=where) from None
    names = [one.name for one in domains]
    if len(set(names)) != len(names):
        raise Misconfigured("a domain is there twice", where=where)
    return VaultSettings(
        id=file.id,
        keys=folder / file.keys,
        sealing=file.sealing,
        index=file.index,
        store=file.store,
        domains=domains,
        rules=rules,
        digest=digest(text.encode("utf-8")),
    )


def _toml(value: str | int | Sequence[str]) -> str:
    """As TOML writes it: its basic strings know every escape of JSON that is made here."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value)
    if isinstance(value, str):
        return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
    return f"[{', '.join(map(_toml, value))}]"
