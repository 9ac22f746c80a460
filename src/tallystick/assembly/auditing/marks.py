"""Registers against evidence: does every record still read as the newest entry about it says?"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from tallystick.assembly.auditing.findings import BooksFinding
from tallystick.ground.canonical import digest
from tallystick.ground.facts import MESSAGE_FRESH, ORDER_REFUSED
from tallystick.protect.devices import CHALLENGES
from tallystick.protect.emoney import SWEPT
from tallystick.protect.enforcement import RECORD, BooksReader, record_name
from tallystick.protect.messages import COUNTERS
from tallystick.protect.partners import DELIVERED

_COUNTER = re.compile(rb"[0-9]{1,16}")

_UNPROVEN = frozenset({CHALLENGES.name, DELIVERED.name, SWEPT.name})
"""Registers that no entry vouches for: they are also written where nothing is answered."""


class Marks:
    """What the evidence says of the records of all registers; entries are noted in their order.

    Not compared: the register `challenge`, which is written without evidence. A message counter is
    a lower bound, because retries burn counters without evidence too. An entry whose tally was let
    go may have written anything: what earlier ones said is compared no more.
    """

    def __init__(self) -> None:
        self._said: dict[str, tuple[str, int]] = {}
        self._counters: dict[str, tuple[int, int]] = {}
        self._let_go = False

    def note(
        self, position: int, device: object, facts: Mapping[str, Mapping[str, Any]] | None
    ) -> None:
        """Take over what one entry wrote; a refused order wrote what its refusal says."""
        if facts is None:
            self._let_go = True
            self._said.clear()
            return
        for detail in [facts[ORDER_REFUSED]] if ORDER_REFUSED in facts else facts.values():
            for name, said in detail.items():
                if name.startswith(RECORD):
                    self._said[name] = (said, position)
        counter = facts.get(MESSAGE_FRESH, {}).get("counter")
        if isinstance(counter, int) and isinstance(device, str):
            self._counters[device] = (counter, position)

    def check(self, reader: BooksReader) -> Iterator[BooksFinding]:
        """Name every record that is missing, that nothing wrote, or that reads otherwise."""
        missing = dict(self._said)
        counters: dict[str, bytes] = {}
        for register, key, value in reader.rows("register"):
            where = f"register {register} {key}"
            said, position = missing.pop(record_name(register, key), (None, 0))
            if register == COUNTERS.name:
                counters[key] = value
            elif said is not None and said != digest(value):
                yield BooksFinding(where=where, what=f"not what entry {position} wrote")
            elif said is None and register not in _UNPROVEN and not self._let_go:
                yield BooksFinding(where=where, what="no entry wrote it")
        names = _names(reader, list(missing))
        for name, (_, position) in missing.items():
            what = f"what entry {position} wrote is not there"
            yield BooksFinding(where=f"register {names.get(name, name)}", what=what)
        yield from self._check_counters(counters)

    def _check_counters(self, counters: Mapping[str, bytes]) -> Iterator[BooksFinding]:
        for device, (least, position) in self._counters.items():
            value = counters.get(device, b"")
            if not _COUNTER.fullmatch(value) or int(value) < least:
                where = f"register {COUNTERS.name} {device}"
                yield BooksFinding(where=where, what=f"lower than what entry {position} wrote")


def _names(reader: BooksReader, wanted: list[str]) -> dict[str, str]:
    """Register and key of missing records, where another table still tells the key."""
    if not wanted:
        return {}
    registers = {name.removeprefix(RECORD).rpartition(".")[0] for name in wanted}
    keys = {key for row in reader.rows("account") for key in row[:2]}
    keys |= {row[1] for row in reader.rows("outcome")}
    keys |= {row[2] for row in reader.rows("transfer") if row[4] == "hold"}
    return {record_name(register, str(key)): f"{register} {key}"
            for key in sorted(keys, key=str) for register in registers}  # fmt: skip
