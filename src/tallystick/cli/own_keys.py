"""Where the keys of a service itself are, and whether that is what its policy asks for."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from tallystick.ground.errors import Misconfigured

if TYPE_CHECKING:
    from tallystick.crypto.modules import Kept
    from tallystick.decide.policy import SecurityPolicy
    from tallystick.ground.secret import Secret

LEVEL_MIN = "keys.level_min"


def own_key_lines(kept: Kept, policy: SecurityPolicy | None) -> Iterator[str]:
    """What serve and doctor say of the keys; a second line when the policy asks for more."""
    yield f"keys of the service: level {kept.level}, signing {kept.signs}: {kept.statement}"
    if policy is not None and is_below(kept, policy):
        yield (
            f"BELOW THE POLICY: it asks for level S{policy.parameters[LEVEL_MIN]} "
            f"({LEVEL_MIN}); evidence and certificate say so"
        )


def tell_own_keys(home: Path, kept: Kept, policy: SecurityPolicy) -> None:
    """What serve says: nothing of a passphrase, when the policy asks for no more."""
    from tallystick.assembly import is_under_token

    if is_under_token(home) or is_below(kept, policy):
        for line in own_key_lines(kept, policy):
            typer.echo(line)


def is_below(kept: Kept, policy: SecurityPolicy) -> bool:
    """Whether the keys are kept at less than the level that a policy asks for."""
    return kept.level < f"S{policy.parameters.get(LEVEL_MIN, 0)}"


def show_own_keys(home: Path) -> list[str]:
    """Say where the keys of a home are; gives what is bad."""
    from tallystick.assembly import (
        has_own_keys,
        has_policy,
        look_at_own_keys,
        policy_in_force,
        sealed_under,
    )

    if not has_own_keys(home):
        typer.echo("ok   keys of the service: none yet")
        return []
    policy = policy_in_force(home) if has_policy(home) else None
    try:
        kept = look_at_own_keys(home)
    except Misconfigured as error:
        typer.echo(f"BAD  keys of the service: {error}")
        return ["keys of the service"]
    if kept is None:
        typer.echo(f"ok   keys of the service: under {sealed_under(home)} that is not kept here")
        return []
    first, *more = own_key_lines(kept, policy)
    typer.echo(f"ok   {first}")
    for line in more:
        typer.echo(f"BAD  {line}")
    return ["level of the keys"] if more else []


def own_key_list(home: Path, secret: Secret | None) -> Iterator[str]:
    """A line for each key of a service, and one for where they are."""
    from tallystick.assembly import look_at_own_keys

    kept = look_at_own_keys(home, secret)
    if kept is None:
        raise Misconfigured(
            "the keys are under a passphrase", where=str(home), allowed="--passphrase FILE"
        )
    for key in kept.keys:
        place = "in the token" if key.place == "token" else "in software"
        yield f"{key.purpose:<17} {key.mechanism:<13} {place:<13} {key.check_value}"
    yield from own_key_lines(kept, None)
