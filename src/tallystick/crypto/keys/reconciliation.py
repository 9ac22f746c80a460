"""Reconciliation: the inventory of a module held against what custodians have written down."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from tallystick.crypto.keys.inventory import KeyLine
from tallystick.crypto.keys.life import LifeState


@dataclass(frozen=True, slots=True, kw_only=True)
class Reconciled:
    """What does not agree, each in order of handle; all empty when everything does.

    `unknown` are keys of the module that nobody wrote down, `missing` those that were written down
    and are not there or are destroyed, `different` those with another check value.
    """

    unknown: tuple[str, ...]
    missing: tuple[str, ...]
    different: tuple[str, ...]

    @property
    def agrees(self) -> bool:
        return not (self.unknown or self.missing or self.different)


def reconcile(inventory: Iterable[KeyLine], written: Mapping[str, str]) -> Reconciled:
    """Hold an inventory against a list of handles with their check values.

    Upper and lower case of a check value are the same. Destroyed keys need not be written down.

    >>> reconcile([], {"a" * 24: "ABCDEF"}).missing
    ('aaaaaaaaaaaaaaaaaaaaaaaa',)
    """
    there = {line.id: line for line in inventory if line.state is not LifeState.DESTROYED}
    return Reconciled(
        unknown=tuple(sorted(there.keys() - written.keys())),
        missing=tuple(sorted(written.keys() - there.keys())),
        different=tuple(
            handle
            for handle in sorted(there.keys() & written.keys())
            if there[handle].check_value.upper() != written[handle].strip().upper()
        ),
    )
