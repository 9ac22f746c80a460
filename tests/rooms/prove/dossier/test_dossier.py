"""The dossier says what the evidence says, and is only made from a log that is whole."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import Any

import pytest

from tallystick.ground.errors import Misconfigured
from tallystick.prove.closure import Basis, Brought, State, attest
from tallystick.prove.dossier import (
    CheckedLog,
    LogRefused,
    close_requirements,
    grade_of,
    read_claims,
)
from tallystick.prove.evidence import (
    EntryRefused,
    Malformed,
    parse_checkpoint,
    read_canonical,
    unverified_text,
    verifier_key,
    verify_inclusion,
)
from tallystick.standard import load_catalogue
from tests.rooms.prove.logs import NOW_MS, OTHER_KEY, MemoryLog, make_entry, make_fact
from tests.rooms.prove.world import World, make_log


def test_coverage_counts_every_assessment_once(world: World) -> None:
    states = Counter(one.state for one in world.dossier.assessments)
    for state in State:
        assert sum(getattr(one, state.value) for one in world.dossier.coverage) == states[state]
    order = list(load_catalogue().clauses)
    clauses = [one.clause for one in world.dossier.coverage]
    assert clauses == sorted(clauses, key=order.index)


def test_something_is_closed_and_what_takes_more_than_one_machine_is_not(world: World) -> None:
    by_id = {one.id: one for one in world.dossier.assessments}
    assert by_id["R-7-01"].state is State.CLOSED
    for name in ("R-8-01", "R-9-02", "R-9-03"):
        assert by_id[name].state is State.OPEN
    assert world.dossier.by_person == ()


def test_evidence_is_what_decides_and_nothing_else(world: World) -> None:
    dossier = world.dossier
    decides = {index for one in dossier.assessments for index in one.evidence}
    decides |= {trial.index for trial in dossier.trials} | {0}  # entry 0 opened the platform
    assert [one.index for one in dossier.evidence] == sorted(decides)
    assert len(dossier.evidence) < world.log.size()


def test_every_piece_of_evidence_leads_to_the_checkpoint(world: World) -> None:
    head = parse_checkpoint(unverified_text(world.dossier.checkpoint))
    for one in world.dossier.evidence:
        verify_inclusion(
            leaf=one.leaf, index=one.index, size=head.size, path=one.path, root=head.root
        )


def test_the_same_log_gives_the_same_dossier(world: World) -> None:
    assert world.close().octets == world.dossier.octets


def test_what_comes_after_the_checkpoint_is_left_out(world: World) -> None:
    log = make_log(world.policy.digest)
    note = log.notes[-1]
    log.record(make_fact("trial.failed", policy=world.policy.digest))
    log.notes[-1] = note
    assert world.close(log=log).octets == world.dossier.octets


@pytest.mark.parametrize(
    ("levels", "module"),
    [(["hsm"], "hsm"), (["hsm", "software"], "software"), (["software", "hsm"], "software"),
     ([], "software"), (["HSM"], "HSM")],
)  # fmt: skip
def test_the_module_level_is_the_logs_and_its_weakest(
    world: World, levels: list[str], module: str
) -> None:
    log = MemoryLog()
    log.record()
    for level in levels:
        log.record(
            make_fact("platform.opened", policy=world.policy.digest, detail={"level": level})
        )
    dossier = world.close(log=log)
    assert (dossier.module, dossier.witness, dossier.grade) == (module, "self", "development")


@pytest.mark.parametrize(
    ("module", "witness", "grade"),
    [
        ("software", "self", "development"),
        ("software", "rfc3161", "development"),
        ("hsm", "self", "development"),
        ("hsm", "nobody", "development"),
        ("HSM", "cosigner", "development"),
        ("hsm", "cosigner", "operational"),
        ("hsm", "rfc3161", "operational"),
    ],
)
def test_the_grade_follows_from_module_and_witness(module: str, witness: str, grade: str) -> None:
    assert grade_of(module=module, witness=witness) == grade


def test_what_people_bring_shows_as_a_persons_word(world: World) -> None:
    statement = attest(
        requirement="R-10-08", policy=world.policy.digest, statement="seen", at_ms=NOW_MS,
        person=verifier_key("auditor.example/ada", OTHER_KEY.public), sign=OTHER_KEY.sign,
    )  # fmt: skip
    dossier = world.close(brought=Brought(attestations=(statement,)))
    (closed,) = [one for one in dossier.assessments if one.id == "R-10-08"]
    assert (closed.state, closed.basis) == (State.CLOSED, Basis.PERSON)
    assert dossier.by_person == ("R-10-08",)
    assert sum(one.by_person for one in dossier.coverage) == 1


@pytest.mark.parametrize("where", ["analysis", "policy"])
def test_artefacts_of_different_services_are_refused(world: World, where: str) -> None:
    analysis = replace(world.analysis, service="sha256:0")
    policy = replace(world.policy, analysis="sha256:0")
    with pytest.raises(Misconfigured, match=where):
        close_requirements(
            service=world.service,
            analysis=analysis if where == "analysis" else world.analysis,
            policy=policy,
            evidence=world.log,
            now_ms=NOW_MS,
        )


def test_no_dossier_is_made_from_an_altered_log(world: World) -> None:
    log = make_log(world.policy.digest)
    entry = log.entries[2]
    log.entries[2] = replace(entry, leaf=entry.leaf.replace(b"1500", b"9500"))
    with pytest.raises(LogRefused, match="fsck"):
        world.close(log=log)
    log.entries[2] = replace(entry, tally=entry.tally.replace(b"s-1", b"s-2"))
    with pytest.raises(EntryRefused):
        world.close(log=log)
    del log.entries[2]
    with pytest.raises(LogRefused):
        world.close(log=log)


def test_an_empty_log_gives_nothing(world: World) -> None:
    with pytest.raises(LogRefused, match="no checkpoint"):
        world.close(log=MemoryLog())


def test_entries_must_be_the_first_ones() -> None:
    log = MemoryLog()
    log.append(make_entry(), make_entry(index=1))
    with pytest.raises(LogRefused):
        CheckedLog(log.entries[1:], note=log.notes[-1])


@pytest.mark.parametrize(
    "change",
    [
        {"version": 1},
        {"artefact": "certificate"},
        {"more": 1},
        {"at_ms": "1"},
        {"evidence": [{"index": 1}]},
        {"evidence": [1]},
        {"brought": {"certificates": [], "attestations": [{}]}},
        {"brought": {}},
    ],
)
def test_a_dossier_of_another_shape_is_refused(world: World, change: dict[str, Any]) -> None:
    with pytest.raises(Malformed):
        read_claims(read_canonical(world.dossier.octets) | change)
