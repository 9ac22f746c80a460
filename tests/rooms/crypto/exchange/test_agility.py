"""The inventory as a bill of materials, and the plan of what is replaced by what and when."""

from __future__ import annotations

import datetime
import json
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tallystick.crypto.key_blocks import KeyAlgorithm, KeyUsage
from tallystick.crypto.keys import (
    Due,
    KeyLine,
    LifeState,
    Move,
    inventory_bom,
    line_of,
    plan_migration,
)
from tallystick.crypto.mechanisms import KEY_MECHANISMS, HybridSuite
from tallystick.crypto.payment import CreateKey, LocalModule
from tallystick.testing import local_bench
from tests.rooms.crypto.exchange.people import NOW_MS
from tests.rooms.prove.exchange.schemas import CYCLONEDX, errors

TODAY = datetime.date(2026, 11, 26)
LINE = KeyLine(
    id="a" * 24,
    label="zone key",
    usage=KeyUsage.KEY_ENCRYPTION,
    algorithm=KeyAlgorithm.TDES_3KEY,
    kind="symmetric",
    state=LifeState.ACTIVE,
    domain="production",
    origin="created",
    created_ms=NOW_MS,
    check_value="ABCDEF",
    check_method="ANSI_X9_24",
)


def _line(id: str, usage: KeyUsage, algorithm: KeyAlgorithm, **more: Any) -> KeyLine:  # noqa: A002
    kind = "symmetric" if algorithm.is_symmetric else "pair"
    return replace(LINE, id=id, usage=usage, algorithm=algorithm, kind=kind, **more)


def test_every_algorithm_is_in_the_register_with_its_strength() -> None:
    for algorithm in KeyAlgorithm:
        assert KEY_MECHANISMS[algorithm].strength_bits == algorithm.strength_bits
    for suite in HybridSuite:
        assert KEY_MECHANISMS[suite].strength_bits == suite.strength_bits


LAST_YEARS = [
    ("TDES_2KEY", 2015, "SP 800-131A rev. 2, §2: disallowed after 2015"),
    ("TDES_3KEY", 2023, "SP 800-131A rev. 2, §2: disallowed after 2023"),
    ("RSA_2048", 2030, "NIST IR 8547 (draft): 112 bits deprecated after 2030"),
    ("RSA_3072", 2035, "NIST IR 8547 (draft): disallowed after 2035"),
    ("ECC_NIST_P256", 2035, "NIST IR 8547 (draft): disallowed after 2035"),
    ("AES_128", None, "no year is set"),
    ("ML-DSA-65", None, "no year is set"),
]


@pytest.mark.parametrize(("name", "year", "source"), LAST_YEARS)
def test_a_mechanism_has_the_published_last_year(name: str, year: int | None, source: str) -> None:
    assert KEY_MECHANISMS[name].not_after == year


def test_what_protects_moves_before_what_it_protects() -> None:
    pair = _line("p" * 24, KeyUsage.KEY_TRANSPORT, KeyAlgorithm.RSA_2048)
    zone = _line("z" * 24, KeyUsage.KEY_ENCRYPTION, KeyAlgorithm.TDES_3KEY, under=pair.id)
    root = _line("b" * 24, KeyUsage.BASE_DERIVATION, KeyAlgorithm.TDES_2KEY, under=zone.id)
    pin = _line("c" * 24, KeyUsage.PIN_ENCRYPTION, KeyAlgorithm.TDES_2KEY, under=zone.id)
    fine = _line("f" * 24, KeyUsage.PIN_ENCRYPTION, KeyAlgorithm.AES_128)
    plan = plan_migration([pin, fine, root, zone, pair], TODAY)
    assert [move.key.id[0] for move in plan] == ["p", "z", "b", "c"]
    assert [move.to for move in plan] == ["MLKEM768-X25519", "AES_128", "AES_128", "AES_128"]
    assert [move.due for move in plan] == [Due.LATER, Due.OVERDUE, Due.OVERDUE, Due.OVERDUE]


SUCCESSORS = [
    (KeyUsage.SIGNATURE, KeyAlgorithm.ECC_P256, "ML-DSA-65-P384", KeyUsage.SIGNATURE),
    (KeyUsage.KEY_AGREEMENT, KeyAlgorithm.ECC_P521, "MLKEM1024-P384", KeyUsage.KEY_AGREEMENT),
    (KeyUsage.MAC_9797_3, KeyAlgorithm.TDES_2KEY, "AES_128", KeyUsage.MAC_CMAC),
    (KeyUsage.CARD_VERIFICATION, KeyAlgorithm.TDES_2KEY, "", KeyUsage.CARD_VERIFICATION),
]


@pytest.mark.parametrize(("usage", "algorithm", "to", "becomes"), SUCCESSORS)
def test_a_key_has_a_successor(
    usage: KeyUsage, algorithm: KeyAlgorithm, to: str, becomes: KeyUsage
) -> None:
    (move,) = plan_migration([_line("k" * 24, usage, algorithm)], TODAY)
    assert (move.to, move.usage) == (to, becomes)
    assert move.why


@pytest.mark.parametrize(
    ("year", "due"),
    [(2024, Due.LATER), (2027, Due.SOON), (2030, Due.SOON), (2031, Due.OVERDUE)],
)
def test_the_last_year_comes_closer(year: int, due: Due) -> None:
    line = _line("p" * 24, KeyUsage.KEY_TRANSPORT, KeyAlgorithm.RSA_2048)
    (move,) = plan_migration([line], datetime.date(year, 6, 1))
    assert move.due is due


@pytest.mark.parametrize("state", list(LifeState))
def test_only_keys_that_protect_move(state: LifeState) -> None:
    moves = plan_migration([replace(LINE, state=state)], TODAY)
    protecting = {LifeState.CREATED, LifeState.ACTIVE, LifeState.SUSPENDED}
    assert bool(moves) == (state in protecting)


_LEGAL = [
    (KeyUsage.KEY_ENCRYPTION, KeyAlgorithm.TDES_3KEY),
    (KeyUsage.KEY_ENCRYPTION, KeyAlgorithm.AES_128),
    (KeyUsage.KEY_TRANSPORT, KeyAlgorithm.RSA_3072),
    (KeyUsage.KEY_AGREEMENT, KeyAlgorithm.ECC_P384),
    (KeyUsage.PIN_ENCRYPTION, KeyAlgorithm.TDES_2KEY),
    (KeyUsage.CARD_VERIFICATION, KeyAlgorithm.TDES_2KEY),
    (KeyUsage.SIGNATURE, KeyAlgorithm.RSA_2048),
    (KeyUsage.KEY_TRANSPORT, KeyAlgorithm.HYBRID_1024),
    (KeyUsage.SIGNATURE, KeyAlgorithm.HYBRID_SIGNATURE),
]


@given(st.lists(st.tuples(st.sampled_from(_LEGAL), st.integers(0, 8)), max_size=9))
def test_a_plan_names_each_key_once_and_never_a_weaker_one(
    made: list[tuple[tuple[KeyUsage, KeyAlgorithm], int]],
) -> None:
    names = "abcdefghi"
    lines = [
        _line(names[at] * 24, usage, algorithm, under=names[under] * 24)
        for at, ((usage, algorithm), under) in enumerate(made)
    ]
    plan = plan_migration(lines, TODAY)
    assert len({move.key.id for move in plan}) == len(plan)
    assert all(_is_no_weaker(move) for move in plan)


def _is_no_weaker(move: Move) -> bool:
    if not move.to:
        return True
    return KEY_MECHANISMS[move.to].strength_bits >= move.key.algorithm.strength_bits


def test_an_inventory_is_a_valid_bill_of_materials() -> None:
    lines = [
        _line(letter * 24, usage, algorithm, expires_ms=NOW_MS, under="a" * 24)
        for letter, (usage, algorithm) in zip("abcdefghi", _LEGAL, strict=True)
    ]
    lines += [replace(LINE, id=state[:2] * 10 + "zzzz", state=state) for state in LifeState]
    document = inventory_bom(lines, module="m", secured_by="software", at_ms=NOW_MS)
    assert errors(CYCLONEDX, document) == []
    assert inventory_bom(lines[::-1], module="m", secured_by="software", at_ms=NOW_MS) == document


def test_a_bill_of_materials_tells_check_values_and_no_key() -> None:
    bench = local_bench()
    module = LocalModule(bench)
    (view,) = module.perform(
        [CreateKey(usage=KeyUsage.PIN_ENCRYPTION, algorithm=KeyAlgorithm.AES_128, mode="B")]  # type: ignore[arg-type]
    )
    record = bench.record(view.key)  # type: ignore[union-attr]
    document = inventory_bom(
        [line_of(record)], module=bench.master.fingerprint, secured_by="software", at_ms=NOW_MS
    )
    assert errors(CYCLONEDX, document) == []
    text = json.dumps(document)
    assert f"CMAC:{record.check_value}" in text
    assert bench.material(record).hex() not in text.lower()
