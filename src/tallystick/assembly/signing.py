"""Proving from a home: its policy, its evidence, and its key for certificates."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tallystick.assembly import home as homes
from tallystick.assembly.own_keys import finish_own_move, start_own_module
from tallystick.assembly.platform import trust_anchor
from tallystick.assembly.readers import open_reading
from tallystick.assembly.stores import demand_books
from tallystick.backends.sqlite import lock_home
from tallystick.decide.policy import SecurityPolicy, policy_from_plain
from tallystick.ground.errors import Misconfigured
from tallystick.ground.secret import Secret
from tallystick.prove.certificate import TrustAnchor
from tallystick.prove.evidence import EvidenceStore


@dataclass(frozen=True, slots=True, kw_only=True)
class Signer:
    """Signs certificates with the key that `vkey` names."""

    vkey: str
    sign: Callable[[bytes], bytes]


def has_policy(home: str | Path) -> bool:
    """Whether a platform was ever opened on this home, so that a policy is in force."""
    return (Path(home) / homes.POLICY).exists()


def policy_in_force(home: str | Path) -> SecurityPolicy:
    """The policy under which the platform of a home was opened last. Refuses: Misconfigured."""
    path = Path(home) / homes.POLICY
    try:
        return policy_from_plain(json.loads(path.read_bytes()))
    except OSError as error:
        raise Misconfigured(f"cannot be read: {error.strerror}", where=str(path)) from None
    except ValueError:
        raise Misconfigured("not a policy", where=str(path)) from None


@contextmanager
def open_evidence(home: str | Path) -> Iterator[EvidenceStore]:
    """The evidence log of a home, read only and as it stands now, whether or not it is served.

    Refuses: Misconfigured when there are no books.
    """
    with open_reading(home) as reading:
        yield reading.evidence


@contextmanager
def open_signer(
    policy: SecurityPolicy, *, home: str | Path, passphrase: Secret | None = None
) -> Iterator[Signer]:
    """The key for certificates of a home that nobody serves; opens nothing but the crypto module.

    Without a `passphrase` the one that is kept beside the keys is used.
    Refuses: Misconfigured when the home is in use or has no keys, and when its keys are not those
             that its trust anchor names.
    """
    directory = Path(home)
    demand_books(directory)
    finish_own_move(directory)
    lock = lock_home(directory)
    try:
        module = start_own_module(directory, passphrase)
        try:
            anchor = trust_anchor(policy, module)
            if anchor != TrustAnchor.read(directory / homes.TRUST):
                raise Misconfigured(
                    "names other keys than the module of this home",
                    where=str(directory / homes.TRUST),
                )
            yield Signer(
                vkey=anchor.certificate,
                sign=lambda octets: module.sign(purpose="certificate", octets=octets),
            )
        finally:
            module.close()
    finally:
        os.close(lock)
