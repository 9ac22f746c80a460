"""What the other shards must know of one: the table of its home for their shards.toml."""

from __future__ import annotations

import secrets
from pathlib import Path

from tallystick.assembly import home as homes
from tallystick.assembly.own_keys import open_own_keys
from tallystick.assembly.platform import trust_anchor
from tallystick.decide.policy import SecurityPolicy
from tallystick.ground.secret import Secret


def peer_table(
    policy: SecurityPolicy,
    *,
    home: str | Path,
    number: int,
    url: str,
    passphrase: Secret | None = None,
) -> str:
    """The `[[peer]]` table of a home, in TOML; makes the home and its keys on first use.

    `url` is where the others reach its link. Refuses: Misconfigured as `open_platform`.
    """
    directory = Path(home)
    homes.prepare_home(directory)
    module = open_own_keys(directory, passphrase, secrets.token_bytes)
    try:
        key = ", ".join(f'{name} = "{value}"' for name, value in module.public().message.items())
        checkpoint = trust_anchor(policy, module).checkpoint
    finally:
        module.close()
    lines = ("[[peer]]", f"number = {number}", f'url = "{url}"', f'checkpoint = "{checkpoint}"')
    return "\n".join((*lines, f"key = {{ {key} }}")) + "\n"
