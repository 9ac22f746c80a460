"""decide --format cedar: the policy for engines that read Cedar."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import typer

from tallystick.ground.errors import Misconfigured

if TYPE_CHECKING:
    from tallystick.decide import SecurityPolicy

SCHEMA, POLICIES = "schema.cedarschema", "policy.cedar"


def write_cedar(policy: SecurityPolicy, folder: Path | None) -> None:
    """Policies and schema into two files, or in one stream with the schema as comments."""
    from tallystick.decide import cedar_policies, cedar_schema

    policies, schema = cedar_policies(policy), cedar_schema(policy)
    if folder is None:
        commented = "".join(f"// {line}".rstrip() + "\n" for line in schema.splitlines())
        typer.echo(f"// {SCHEMA}\n{commented}\n{policies}", nl=False)
        return
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name, text in ((SCHEMA, schema), (POLICIES, policies)):
            (folder / name).write_text(text, encoding="utf-8")
            typer.echo(str(folder / name))
    except OSError as error:
        raise Misconfigured(f"cannot be written: {error.strerror}", where=str(folder)) from None
