"""The device's side of DUKPT: future keys in registers, each erased when it was used.

What a payment terminal does inside. It is here so that hosts and tests have the other end; a
terminal is a certified device, and this is not one.

Source: ANSI X9.24-1:2009 A.2 ("new key"); ANSI X9.24-3:2017, 6.5.
"""

from __future__ import annotations

from typing import Generic, TypeVar

from tallystick.crypto.transaction_keys.aes_dukpt import AesInitialKey, AesNode
from tallystick.crypto.transaction_keys.counters import AES_COUNTERS, TDES_COUNTERS, CounterRule
from tallystick.crypto.transaction_keys.paths import Node
from tallystick.crypto.transaction_keys.refusals import KeysExhausted
from tallystick.crypto.transaction_keys.tdes_dukpt import TdesInitialKey, TdesNode
from tallystick.ground.errors import Defect

N = TypeVar("N", bound=Node)


class FutureKeys(Generic[N]):
    """The registers of one device: one future key for each bit of its counter.

    Whoever opens a device finds the keys of later transactions and of none before: a used key
    leaves its register, and no key that is left leads back to it.
    """

    __slots__ = ("_counter", "_registers", "_rule")

    def __init__(self, root: N, rule: CounterRule) -> None:
        self._rule = rule
        self._counter = 1
        self._registers: list[N | None] = [root.child(1 << bit) for bit in range(rule.bits)]

    def next(self) -> N:
        """The key of the next transaction. Refuses: KeysExhausted after the last one."""
        counter = self._counter
        if counter >> self._rule.bits:
            raise KeysExhausted("the device has used all of its transaction keys")
        register = (counter & -counter).bit_length() - 1
        node = self._registers[register]
        if node is None or node.counter != counter:
            raise Defect("the registers of a device are out of step with its counter")
        self._registers[register] = None
        if counter.bit_count() < self._rule.ones_max:
            for bit in range(register):
                self._registers[bit] = node.child(counter | 1 << bit)
            self._counter = counter + 1
        else:
            self._counter = counter + (1 << register)
        return node

    def held(self) -> list[N]:
        """What the registers hold now; for tests of what a device that is opened gives away."""
        return [node for node in self._registers if node is not None]


def aes_device(initial_key: AesInitialKey) -> FutureKeys[AesNode]:
    """A device of AES DUKPT after it was loaded."""
    return FutureKeys(initial_key.root, AES_COUNTERS)


def tdes_device(initial_key: TdesInitialKey) -> FutureKeys[TdesNode]:
    """A device of TDES DUKPT after it was loaded."""
    return FutureKeys(initial_key.root, TDES_COUNTERS)
