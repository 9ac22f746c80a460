"""A rotation goes through all rows while others read and write, and never loses a value."""

from __future__ import annotations

from collections.abc import Sequence

from tallystick.crypto.envelopes import (
    FieldKey,
    FieldPlace,
    FieldRing,
    Progress,
    Resealed,
    SealedField,
    key_id_of,
    reseal,
    rotate,
)

OLD, NEW = (FieldKey(id=name, root=bytes([n]) * 32) for n, name in enumerate(("old", "new"), 1))
BEFORE, DURING, AFTER = FieldRing(OLD), FieldRing(NEW, [OLD]), FieldRing(NEW)


def place(row: str) -> FieldPlace:
    return FieldPlace(table="cards", column="pan", row=row)


class Rows:
    """A table in memory."""

    def __init__(self, count: int) -> None:
        self.values = {f"{n:04}": str(n).encode() for n in range(count)}
        self.sealed = {r: BEFORE.seal(place(r), value) for r, value in self.values.items()}
        self.meanwhile: list[str] = []

    def page(self, after: str | None, limit: int) -> tuple[Sequence[SealedField], str | None]:
        rows = sorted(row for row in self.sealed if after is None or row > after)[:limit]
        fields = [SealedField(place=place(row), envelope=self.sealed[row]) for row in rows]
        return fields, rows[-1] if rows else after

    def replace(self, changes: Sequence[Resealed]) -> int:
        for row in self.meanwhile:
            self.sealed[row] = DURING.seal(place(row), b"written meanwhile")
            self.values[row] = b"written meanwhile"
        self.meanwhile = []
        written = 0
        for change in changes:
            if self.sealed[change.place.row] == change.before:
                self.sealed[change.place.row] = change.after
                written += 1
        return written

    def demand_readable(self, ring: FieldRing) -> None:
        assert {r: ring.open(place(r), sealed) for r, sealed in self.sealed.items()} == self.values


def test_every_row_is_brought_under_the_newest_key() -> None:
    rows = Rows(23)
    told = []
    for progress in rotate(DURING, rows, limit=5):
        rows.demand_readable(DURING)  # at every moment
        told.append((progress.seen, progress.resealed))
    assert told == [(5, 5), (10, 10), (15, 15), (20, 20), (23, 23), (23, 23)]
    assert progress.old_keys_may_go
    rows.demand_readable(AFTER)


def test_it_stops_and_goes_on() -> None:
    rows = Rows(23)
    first = next(rotate(DURING, rows, limit=10))
    assert first.cursor == "0009"
    *_, last = rotate(DURING, rows, start=first, limit=10)
    assert (last.seen, last.resealed, last.done) == (23, 23, True)
    rows.demand_readable(AFTER)
    *_, again = rotate(DURING, rows)
    assert (again.seen, again.resealed, again.old_keys_may_go) == (23, 0, True)


def test_what_is_written_meanwhile_is_not_overwritten() -> None:
    rows = Rows(10)
    rows.meanwhile = ["0003", "0009"]
    *_, last = rotate(DURING, rows, limit=5)
    assert (last.resealed, last.overtaken) == (8, 1)
    assert not last.old_keys_may_go, "go through once more"
    rows.demand_readable(AFTER)


def test_what_does_not_open_is_told_and_left_as_it_is() -> None:
    rows = Rows(6)
    rows.sealed["0002"], rows.sealed["0003"] = rows.sealed["0003"], b"garbage"
    moved = rows.sealed["0002"]
    *_, last = rotate(DURING, rows, limit=4)
    assert last.refused == (place("0002"), place("0003"))
    assert (last.seen, last.resealed, last.old_keys_may_go) == (6, 4, False)
    assert (rows.sealed["0002"], rows.sealed["0003"]) == (moved, b"garbage")


def test_resealing_writes_nothing() -> None:
    rows = Rows(3)
    fields, _ = rows.page(None, 9)
    changes, refused = reseal(DURING, fields)
    assert [key_id_of(change.after) for change in changes] == ["new"] * 3
    assert refused == ()
    rows.demand_readable(BEFORE)
    assert "envelope" not in repr(fields[0])
    assert "before" not in repr(changes[0])


def test_nothing_to_do() -> None:
    rows = Rows(0)
    assert list(rotate(DURING, rows)) == [Progress(done=True)]
