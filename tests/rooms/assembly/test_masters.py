"""Moving a home between master keys: nothing is lost, nothing is half, and a crash undoes nothing."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import textwrap
from collections.abc import Iterable
from pathlib import Path

import pytest

from tallystick.assembly import create_payment_home, open_payment_module
from tallystick.assembly.masters import finish_move, move_to_file, move_to_token, open_master
from tallystick.backends.pkcs11 import TokenKeeper
from tallystick.backends.sqlite import SqliteKeyStore, lock_keys
from tallystick.crypto.key_blocks import (
    Exportability,
    KeyAlgorithm,
    KeyMode,
    KeyUsage,
)
from tallystick.crypto.keys import (
    TALLY,
    AssuranceLevel,
    Journal,
    KeyId,
    SoftwareMasterKey,
    move_master_key,
)
from tallystick.crypto.keys.journal import SNAPSHOT_AFTER
from tallystick.crypto.payment import Bench, CreateKey, Denied, DescribeKey, KeyView, LocalModule
from tallystick.ground.clock import ManualClock
from tallystick.ground.errors import Defect, Misconfigured
from tallystick.ground.secret import Secret
from tallystick.testing import MemoryKeyStore
from tests.softhsm import SoftToken

OLD, NEW = Secret(b"the first passphrase"), Secret(b"another passphrase of ours")


def create(label: str) -> CreateKey:
    return CreateKey(
        usage=KeyUsage.DATA_ENCRYPTION,
        algorithm=KeyAlgorithm.AES_128,
        mode=KeyMode.BOTH,
        exportability=Exportability.NOT_EXPORTABLE,
        domain="test",
        label=label,
    )


@pytest.fixture(autouse=True)
def _cheap(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tallystick.crypto.keys.sealed._COST_N", 2**10)


@pytest.fixture
def home(tmp_path: Path) -> Path:
    directory = tmp_path / "home"
    create_payment_home(directory, OLD)
    return directory


def opened(home: Path, passphrase: Secret) -> tuple[LocalModule, Bench]:
    finish_move(home)
    master = open_master(home, passphrase)
    bench = Bench(store=SqliteKeyStore(home), master=master, clock=ManualClock())
    return LocalModule(bench), bench


def fill(home: Path, passphrase: Secret, *, keys: int = 5) -> dict[str, bytes]:
    """Some keys, a sealed setting, a failure that was counted; what must come through."""
    module, bench = opened(home, passphrase)
    views = [module.perform([create(f"key {number}")])[0] for number in range(keys)]
    bench.count_failures(bench.blind("pan 1"))
    bench.set("ceremony:x", bench.master.seal(b"parts", bound=b"ceremony:x"), act="t", more={})
    bench.set("plain", b"in clear", act="test", more={})
    found = {view.key: octets(bench, view) for view in views}
    module.close()
    return found


def octets(bench: Bench, view: object) -> bytes:
    assert isinstance(view, KeyView), view
    return bench.material(bench.record(view.key))


def check(home: Path, passphrase: Secret, kept: dict[str, bytes], level: AssuranceLevel) -> None:
    module, bench = opened(home, passphrase)
    try:
        assert module.state().level == level
        for key, value in kept.items():
            assert bench.material(bench.record(key)) == value
            assert isinstance(module.perform([DescribeKey(key=KeyId(key))])[0], KeyView)
        settings = bench.journal.settings
        assert bench.master.open(settings["ceremony:x"], bound=b"ceremony:x") == b"parts"
        assert settings["plain"] == b"in clear"
        name = bench.blind("pan 1")
        assert bench.journal.tallies[name][0] >= 1, "a move gives nobody new tries"
        assert bench.master.anchor() == bench.journal.sequence
    finally:
        module.close()


def test_into_a_token_and_back(home: Path, soft_token: SoftToken) -> None:
    kept = fill(home, OLD)
    moved = move_to_token(home, OLD, soft_token.file, create=True)
    assert (moved.keys, moved.old != moved.new) == (5, True)
    assert not (home / "master.key").exists()
    check(home, Secret(b""), kept, AssuranceLevel.S1)
    with TokenKeeper(soft_token.file) as keeper:
        assert keeper.fingerprint == moved.new
        assert keeper.anchor() >= moved.entries
    kept |= fill(home, Secret(b""), keys=1)
    move_to_file(home, Secret(b""), NEW)
    assert not (home / "token.toml").exists()
    check(home, NEW, kept, AssuranceLevel.S1)
    with pytest.raises(Misconfigured):
        opened(home, OLD)
    # and into the same token once more: its count is below that of the home by now
    move_to_token(home, NEW, soft_token.file, create=False)
    check(home, Secret(b""), kept, AssuranceLevel.S1)
    assert len(list(home.glob("replaced-*"))) == 3


def test_a_module_in_its_own_process_opens_the_token(home: Path, soft_token: SoftToken) -> None:
    kept = fill(home, OLD, keys=1)
    move_to_token(home, OLD, soft_token.write("rehearsal = true"), create=True)
    with open_payment_module(home, Secret(b"")) as module:
        assert module.state().level == AssuranceLevel.S2
        assert module.state().statement.startswith("rehearsal: SoftHSM")
        (view,) = module.perform([DescribeKey(key=KeyId(next(iter(kept))))])
        assert isinstance(view, KeyView)


def test_a_home_that_is_open_is_not_moved(home: Path) -> None:
    fill(home, OLD, keys=1)
    with lock_keys(home), pytest.raises(Misconfigured, match="another process"):
        move_to_file(home, OLD, NEW)


def test_a_wrong_passphrase_or_token_changes_nothing(home: Path, soft_token: SoftToken) -> None:
    kept = fill(home, OLD, keys=2)
    with pytest.raises(Misconfigured):
        move_to_file(home, NEW, NEW)
    with pytest.raises(Misconfigured, match="no master key"):
        move_to_token(home, OLD, soft_token.file, create=False)
    with pytest.raises(Misconfigured, match="too short"):
        move_to_file(home, OLD, Secret(b"short"))
    check(home, OLD, kept, AssuranceLevel.S1)


def test_a_token_of_another_home_is_refused(home: Path, soft_token: SoftToken) -> None:
    kept = fill(home, OLD, keys=1)
    with TokenKeeper(soft_token.file, create=True) as keeper:
        keeper.anchor(10_000)
    with pytest.raises(Misconfigured, match="counted further"):
        move_to_token(home, OLD, soft_token.file, create=False)
    check(home, OLD, kept, AssuranceLevel.S1)


KILLED = textwrap.dedent("""
    import os, signal, sys
    from pathlib import Path
    from tallystick.assembly import masters, placing
    from tallystick.crypto.keys import sealed
    from tallystick.ground.secret import Secret
    sealed._COST_N = 2**10
    home, point = Path(sys.argv[1]), int(sys.argv[2])
    steps = 0
    def step(name, real):
        def done(*a, **k):
            global steps
            steps += 1
            if steps == point:
                os.kill(os.getpid(), signal.SIGKILL)
            return real(*a, **k)
        return done
    class Os:
        def __getattr__(self, name):
            real = getattr(os, name)
            return step(name, real) if name in ("rename", "replace", "fsync") else real
    placing.os = Os()
    masters.move_master_key = step("move", masters.move_master_key)
    masters.move_to_file(home, Secret(b"the first passphrase"), Secret(b"another passphrase of ours"))
    print("whole")
""")


def test_a_kill_at_some_steps_loses_nothing(tmp_path: Path) -> None:
    kill_at(tmp_path, points=(1, 4, 6, 11))


@pytest.mark.slow
def test_a_kill_at_any_step_loses_nothing(tmp_path: Path) -> None:
    assert kill_at(tmp_path, points=range(1, 60)) > 12


def kill_at(tmp_path: Path, points: Iterable[int]) -> int:
    """Kill moves at these steps and look at what is left; gives the step at which none was left."""
    seen: set[str] = set()
    for point in points:
        home = tmp_path / f"home-{point}"
        create_payment_home(home, OLD)
        kept = fill(home, OLD, keys=2)
        done = subprocess.run(
            [sys.executable, "-c", KILLED, str(home), str(point)],
            env={"PYTHONPATH": os.pathsep.join(sys.path)}, capture_output=True, text=True,
        )  # fmt: skip
        if done.returncode == 0:
            assert done.stdout == "whole\n"
            assert seen == {"before", "after"}
            return point
        assert done.returncode == -signal.SIGKILL, done.stderr
        finish_move(home)
        passphrase = NEW if list(home.glob("replaced-*")) else OLD
        seen.add("after" if passphrase is NEW else "before")
        check(home, passphrase, kept, AssuranceLevel.S1)
        if passphrase is OLD:  # a move that did not happen may be done again
            move_to_file(home, OLD, NEW)
            check(home, NEW, kept, AssuranceLevel.S1)
    assert seen == {"before", "after"}
    return 0


class Cut(Exception):
    """The test ends the move here."""


class CutStore(MemoryKeyStore):
    """Commits a number of times, then no more."""

    def __init__(self, commits: int) -> None:
        super().__init__()
        self.left = commits

    def commit(self, *given: object) -> None:  # type: ignore[override]
        if not self.left:
            raise Cut
        self.left -= 1
        super().commit(*given)  # type: ignore[arg-type]


def master(octet: bytes) -> SoftwareMasterKey:
    return SoftwareMasterKey(Secret(octet * 32), count=None)


def filled() -> tuple[MemoryKeyStore, SoftwareMasterKey]:
    store, old = MemoryKeyStore(), master(b"o")
    module = LocalModule(Bench(store=store, master=old, clock=ManualClock()))
    for number in range(3):
        assert not isinstance(module.perform([create(f"k{number}")])[0], Denied)
    return store, old


def test_a_move_that_is_cut_off_begins_again() -> None:
    store, old = filled()
    rows, entries, new = dict(store.rows), list(store.entries), master(b"n")
    for commits in range(3):
        with pytest.raises(Cut):
            move_master_key(old, new, store, CutStore(commits), at_ms=1)
        assert (store.rows, store.entries, new.anchor()) == (rows, entries, 0)
    target = MemoryKeyStore()
    moved = move_master_key(old, new, store, target, at_ms=1)
    assert (moved.keys, moved.entries) == (3, len(target.entries))
    with pytest.raises(Defect):
        move_master_key(old, new, store, target, at_ms=1)


def test_an_altered_record_is_not_moved() -> None:
    store, old = filled()
    name = next(iter(store.rows))
    row = store.rows[name]
    store.rows[name] = type(row)(row.id, row.header, row.sealed[:-1] + b"\x00\x01")
    with pytest.raises(Misconfigured, match="was altered"):
        move_master_key(old, master(b"n"), store, MemoryKeyStore(), at_ms=1)


def test_a_home_that_is_not_there_is_misconfigured(tmp_path: Path) -> None:
    with pytest.raises(Misconfigured, match="nowhere: cannot be opened"):
        move_to_file(tmp_path / "nowhere", OLD, NEW)


@pytest.mark.slow
def test_a_module_that_starts_writes_a_snapshot_of_a_long_journal(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.undo()  # the module is another process: it knows no cost but the real one
    passphrase = Secret(b"correct horse battery staple")
    create_payment_home(tmp_path, passphrase)
    store, master = SqliteKeyStore(tmp_path), open_master(tmp_path, passphrase)
    tallies = [(TALLY, (f"account {n % 50}", n, 10**15)) for n in range(SNAPSHOT_AFTER)]
    Journal(store, master).commit(notes=tallies)
    store.close()
    with open_payment_module(tmp_path, passphrase) as module:
        assert module.state().sequence > SNAPSHOT_AFTER
    store = SqliteKeyStore(tmp_path)
    assert len(list(store.journal(after=None))) < 20
    assert Journal(store, open_master(tmp_path, passphrase)).tallies["account 49"][0] == 9999
    store.close()
