"""The conformance suite of the MasterKey port: what every master key must do.

    class TestMyMasterKey(MasterKeyConformance):
        def open_master(self, home):
            return MyMasterKey(home)

pytest collects the tests of the subclass. Each test has a fresh home; opening the same home again
gives the same key.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from abc import abstractmethod
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tallystick.crypto.keys import (
    AssuranceLevel,
    Journal,
    KeyRecordRefused,
    MasterKey,
    RolledBack,
)
from tallystick.crypto.modules import ModuleUnavailable
from tallystick.testing.keys import MemoryKeyStore, local_bench, local_module

_LENGTHS = (0, 1, 15, 16, 17, 32, 1000, 8 * 1024)


class MasterKeyConformance:
    """Subclass it and say how the master key of a home is opened, and made when it is not there."""

    levels: frozenset[AssuranceLevel] = frozenset(
        {AssuranceLevel.S0, AssuranceLevel.S1, AssuranceLevel.S2}
    )

    @abstractmethod
    def open_master(self, home: Path) -> MasterKey:
        """Open the master key of a home; a home that is new gets a new one."""

    @contextmanager
    def home(self) -> Iterator[Path]:
        """A fresh home."""
        directory = Path(tempfile.mkdtemp(prefix="tallystick-master-"))
        try:
            yield directory
        finally:
            shutil.rmtree(directory, ignore_errors=True)

    def test_what_is_sealed_opens_with_what_it_was_bound_to(self) -> None:
        with self.home() as home, closing(self.open_master(home)) as master:
            for length in _LENGTHS:
                octets = os.urandom(length)
                sealed = master.seal(octets, bound=b"header")
                assert master.open(sealed, bound=b"header") == octets
            assert master.open(master.seal(b"x", bound=b""), bound=b"") == b"x"

    def test_the_same_octets_are_never_sealed_alike(self) -> None:
        with self.home() as home, closing(self.open_master(home)) as master:
            assert len({master.seal(bytes(32), bound=b"h") for _ in range(50)}) == 50

    def test_nothing_of_the_octets_shows(self) -> None:
        with self.home() as home, closing(self.open_master(home)) as master:
            secret = os.urandom(32)
            sealed = master.seal(secret, bound=b"h")
            assert all(secret[at : at + 8] not in sealed for at in range(25))

    def test_every_altered_octet_is_refused_alike(self) -> None:
        with self.home() as home, closing(self.open_master(home)) as master:
            sealed = master.seal(bytes(20), bound=b"header")
            altered = [
                sealed[:at] + bytes([sealed[at] ^ 1]) + sealed[at + 1 :]
                for at in range(len(sealed))
            ]
            altered += [sealed[:length] for length in range(len(sealed))]
            altered += [sealed + b"\x00", sealed[1:], bytes(64), b"\x02" * 80]
            said = {refusal_of(master, octets, b"header") for octets in altered}
            said |= {refusal_of(master, sealed, other) for other in (b"", b"headeR", b"header\x00")}
            assert len(said) == 1, "one refusal for all: a difference would teach something"

    def test_a_mac_is_32_octets_of_this_key(self) -> None:
        with self.home() as home, self.home() as elsewhere:
            with closing(self.open_master(home)) as master:
                first = master.mac(b"abc")
                assert len(first) == 32
                assert master.mac(b"abc") == first != master.mac(b"abd")
                assert master.mac(b"") != master.mac(b"\x00")
            with closing(self.open_master(elsewhere)) as other:
                assert other.mac(b"abc") != first

    def test_a_mac_is_not_what_seals(self) -> None:
        with self.home() as home, closing(self.open_master(home)) as master:
            assert master.fingerprint not in (master.mac(b"fingerprint")[:8].hex(), "0" * 16)
            assert master.mac(b"fingerprint\n")[:8].hex() != master.fingerprint

    def test_it_is_the_same_key_when_it_is_opened_again(self) -> None:
        with self.home() as home:
            with closing(self.open_master(home)) as master:
                sealed, mac, name = (
                    master.seal(b"x", bound=b"h"),
                    master.mac(b"m"),
                    master.fingerprint,
                )
            with closing(self.open_master(home)) as master:
                assert (master.open(sealed, bound=b"h"), master.mac(b"m")) == (b"x", mac)
                assert master.fingerprint == name
                assert len(name) == 16
                assert set(name) <= set("0123456789abcdef")

    def test_another_master_key_opens_nothing_of_ours(self) -> None:
        with self.home() as home, self.home() as elsewhere:
            with closing(self.open_master(home)) as master:
                sealed, name = master.seal(b"x", bound=b"h"), master.fingerprint
            with closing(self.open_master(elsewhere)) as other:
                assert other.fingerprint != name
                refusal_of(other, sealed, b"h")

    def test_the_count_only_grows_and_survives(self) -> None:
        with self.home() as home:
            with closing(self.open_master(home)) as master:
                assert master.anchor() == 0
                assert master.anchor(5) == master.anchor() == 5
                assert master.anchor(3) == 5
                assert master.anchor(0) == 5
            with closing(self.open_master(home)) as master:
                assert master.anchor() == 5
                assert [master.anchor(count) for count in (6, 6, 7, 2**40)] == [6, 6, 7, 2**40]
            with closing(self.open_master(home)) as master:
                assert master.anchor() == 2**40

    def test_a_journal_that_is_put_back_is_noticed(self) -> None:
        with self.home() as home, closing(self.open_master(home)) as master:
            store = MemoryKeyStore()
            journal = Journal(store, master)
            for count in range(3):
                journal.commit(notes=[("event", {"act": str(count)})])
            older = list(store.entries[:2])
            assert Journal(store, master).sequence == 3
            store.entries = older
            try:
                Journal(store, master)
            except RolledBack:
                return
            raise AssertionError("an older journal was taken for the newest")

    def test_a_module_stands_on_it(self) -> None:
        with self.home() as home, closing(self.open_master(home)) as master:
            module = local_module(local_bench(master=master))
            assert module.state().level == master.level
            assert module.state().master == master.fingerprint
            assert module.state().statement == master.statement != ""

    def test_closed_is_closed_and_twice_is_harmless(self) -> None:
        with self.home() as home:
            master = self.open_master(home)
            assert master.level in self.levels
            assert master.fingerprint in repr(master)
            master.close()
            master.close()


def refusal_of(master: MasterKey, sealed: bytes, bound: bytes) -> str:
    """What the master key says to octets that it must not open."""
    try:
        opened = master.open(sealed, bound=bound)
    except KeyRecordRefused as refusal:
        return f"{refusal.code}: {refusal}"
    except ModuleUnavailable as lost:
        raise AssertionError(f"altered octets are no reason to be lost: {lost}") from None
    raise AssertionError(f"octets that were altered have opened: {len(opened)}")


@contextmanager
def closing(master: MasterKey) -> Iterator[MasterKey]:
    """The master key, closed at the end."""
    try:
        yield master
    finally:
        master.close()
