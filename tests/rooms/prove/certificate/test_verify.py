"""A bundle is verified from its files alone; every lie is named, even one that was signed."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tallystick.ground.canonical import canonical_json
from tallystick.ground.clock import DAY_MS
from tallystick.ground.errors import Defect, Misconfigured
from tallystick.prove.certificate import (
    Certificate,
    TrustAnchor,
    VerificationFailed,
    certify,
    verify_certificate,
    write_bundle,
)
from tallystick.prove.closure import State
from tallystick.prove.dossier import Dossier
from tallystick.prove.evidence import read_canonical, verifier_key
from tests.rooms.prove.logs import (
    CERTIFICATE_KEY,
    CERTIFICATE_VKEY,
    LOG_VKEY,
    NOW_MS,
    OTHER_KEY,
)
from tests.rooms.prove.world import EXAMPLE, TRUST, World, make_log, make_world, sign, verify


def refused(folder: Path, **options: Any) -> VerificationFailed:
    with pytest.raises(VerificationFailed) as caught:
        verify(folder, **options)
    return caught.value


def test_a_bundle_is_verified(world: World, bundle: Path) -> None:
    verified = verify(bundle)
    assert verified.certificate == world.certificate
    assert verified.dossier.octets == world.dossier.octets
    assert len(verified.steps) == 7


def test_the_service_file_gives_the_same_plan_again(bundle: Path) -> None:
    assert len(verify(bundle, rederive=True).steps) == 8


def test_the_certificate_says_development_grade_and_what_was_not_proven(world: World) -> None:
    body = world.certificate.body()
    assert body["grade"] == "development"
    assert body["statement"].startswith("Development grade")
    assert "R-8-01" in body["not_proven"]["open"]
    assert body["closed"] == len(world.dossier.ids(State.CLOSED)) > 0


def test_it_ends_when_the_first_requirement_becomes_stale(world: World) -> None:
    assert world.certificate.valid_to_ms == world.dossier.until_ms == NOW_MS + 30 * DAY_MS
    assert sign(world.dossier, None, valid_days=3).valid_to_ms == NOW_MS + 3 * DAY_MS


@pytest.mark.parametrize("late_ms", [-1, 30 * DAY_MS + 1])
def test_it_holds_only_in_its_time(bundle: Path, late_ms: int) -> None:
    verify(bundle, now_ms=NOW_MS + 30 * DAY_MS)
    assert refused(bundle, now_ms=NOW_MS + late_ms).where == "certificate.json"


@pytest.mark.parametrize("valid_days", [0, -1, 3661])
def test_a_senseless_validity_is_a_defect(world: World, valid_days: int) -> None:
    with pytest.raises(Defect):
        sign(world.dossier, None, valid_days=valid_days)


def test_signing_with_another_key_is_a_defect(world: World) -> None:
    with pytest.raises(Defect, match="another key"):
        certify(world.dossier, vkey=CERTIFICATE_VKEY, sign=OTHER_KEY.sign, valid_days=1)


@pytest.mark.parametrize("purpose", ["checkpoint", "certificate"])
def test_keys_that_are_not_pinned_are_not_believed(bundle: Path, purpose: str) -> None:
    names = {"checkpoint": LOG_VKEY, "certificate": CERTIFICATE_VKEY}
    other = verifier_key(names[purpose].split("+")[0], OTHER_KEY.public)
    trust = replace(TRUST, **{purpose: other})
    with pytest.raises(VerificationFailed, match="not signed by"):
        verify_certificate(bundle, trust, NOW_MS)


def test_the_keys_cannot_change_places(bundle: Path) -> None:
    trust = TrustAnchor(checkpoint=CERTIFICATE_VKEY, certificate=LOG_VKEY)
    with pytest.raises(VerificationFailed):
        verify_certificate(bundle, trust, NOW_MS)


FILES = (
    "certificate.json", "dossier.json", "policy.json", "analysis.json", "service.json",
    "service.toml", "evidence/checkpoint",
)  # fmt: skip


@pytest.mark.parametrize("name", FILES)
def test_a_missing_file_is_named(bundle: Path, name: str) -> None:
    (bundle / name).unlink()
    assert refused(bundle).where == name


@pytest.mark.parametrize("name", FILES)
def test_a_file_is_exactly_as_it_was_written(bundle: Path, name: str) -> None:
    octets = (bundle / name).read_bytes()
    for altered in (octets + b"\n", b" " + octets, octets[:-1], b"", octets + octets):
        (bundle / name).write_bytes(altered)
        assert refused(bundle).where == name


@pytest.mark.parametrize("name", ["notes.txt", ".hidden", "evidence/second", "evidence/a/b"])
def test_an_extra_file_is_named(bundle: Path, name: str) -> None:
    (bundle / name).parent.mkdir(exist_ok=True)
    (bundle / name).write_bytes(b"")
    assert refused(bundle).what == "does not belong in a bundle"


def test_a_folder_or_a_link_in_place_of_a_file_is_refused(bundle: Path, tmp_path: Path) -> None:
    (bundle / "empty").mkdir()
    assert refused(bundle).where == "empty"
    (bundle / "empty").rmdir()
    (bundle / "policy.json").rename(tmp_path / "elsewhere")
    (bundle / "policy.json").symlink_to(tmp_path / "elsewhere")
    assert refused(bundle).what == "is not a plain file"


def test_no_bundle_is_refused(tmp_path: Path) -> None:
    assert "cannot be read" in refused(tmp_path / "nowhere").what
    assert refused(tmp_path).what == "is missing"


def test_a_bundle_is_written_once_and_only_whole(world: World, bundle: Path) -> None:
    with pytest.raises(Misconfigured, match="empty folder"):
        world.write(bundle)


def test_a_bundle_of_artefacts_that_do_not_belong_together_is_not_written(
    world: World, tmp_path: Path
) -> None:
    parts: dict[str, Any] = {
        "certificate": world.certificate, "dossier": world.dossier, "policy": world.policy,
        "analysis": world.analysis, "service": world.service, "service_toml": world.source,
    }  # fmt: skip
    others: dict[str, Any] = {
        "dossier": replace(world.dossier, grade="operational"),
        "policy": replace(world.policy, digest="sha256:0"),
        "analysis": replace(world.analysis, currency="EUR"),
        "service": replace(world.service, name="other"),
        "service_toml": None,
    }
    for name, other in others.items():
        with pytest.raises(VerificationFailed, match="certificate names"):
            write_bundle(tmp_path / name, **(parts | {name: other}))
        assert not (tmp_path / name).exists()


# ---- lies that were signed with the right key ---------------------------------------------------


def forge(world: World, folder: Path, **change: Any) -> Path:
    """A bundle whose dossier was changed by the very holder of the certificate key."""
    dossier = replace(world.dossier, **change)
    return replace(world, dossier=dossier, certificate=sign(dossier, world.source)).write(folder)


def claim_closed(dossier: Dossier) -> dict[str, Any]:
    first, *rest = dossier.assessments
    opened = next(one for one in rest if one.state is State.OPEN)
    better = replace(opened, state=State.CLOSED, reason=first.reason)
    return {"assessments": tuple(better if one is opened else one for one in dossier.assessments)}


def drop_evidence(dossier: Dossier) -> dict[str, Any]:
    return {"evidence": dossier.evidence[:-1]}


def double_evidence(dossier: Dossier) -> dict[str, Any]:
    return {"evidence": (*dossier.evidence, dossier.evidence[-1])}


def change_tally(dossier: Dossier) -> dict[str, Any]:
    first, *rest = dossier.evidence
    return {"evidence": (replace(first, tally=first.tally.replace(b"s-1", b"s-2")), *rest)}


def change_leaf(dossier: Dossier) -> dict[str, Any]:
    first, *rest = dossier.evidence
    return {"evidence": (replace(first, leaf=first.leaf.replace(b"1500", b"9500")), *rest)}


def move_evidence(dossier: Dossier) -> dict[str, Any]:
    first, *rest = dossier.evidence
    return {"evidence": (replace(first, index=first.index + 1), *rest)}


def cut_path(dossier: Dossier) -> dict[str, Any]:
    first, *rest = dossier.evidence
    return {"evidence": (replace(first, path=first.path[:-1]), *rest)}


def better_coverage(dossier: Dossier) -> dict[str, Any]:
    first, *rest = dossier.coverage
    return {"coverage": (replace(first, open=0), *rest)}


def hide_a_trial(dossier: Dossier) -> dict[str, Any]:
    return {"trials": dossier.trials[1:]}


def other_checkpoint(dossier: Dossier) -> dict[str, Any]:
    return {"checkpoint": make_log("sha256:" + "3" * 64).notes[-1]}


def later_instant(dossier: Dossier) -> dict[str, Any]:
    return {"at_ms": dossier.at_ms + 40 * DAY_MS}


@pytest.mark.parametrize(
    ("lie", "told"),
    [
        (claim_closed, "the evidence does not give its assessments"),
        (better_coverage, r"the evidence does not give its coverage\[0\]\.open"),
        (hide_a_trial, "the evidence does not give its trials"),
        (drop_evidence, "the evidence does not give its"),
        (double_evidence, "the evidence does not give its evidence"),
        (change_tally, "evidence 0: entry 0: the tally is not the one"),
        (change_leaf, "evidence 0: the path leads to another root"),
        (move_evidence, "evidence 0: the path leads to another root"),
        (cut_path, "evidence 0: the path is too short"),
        (other_checkpoint, "evidence 0: the path"),
    ],
    ids=lambda value: getattr(value, "__name__", ""),
)
def test_a_signed_lie_in_the_dossier_is_found(
    world: World, tmp_path: Path, lie: Callable[[Dossier], dict[str, Any]], told: str
) -> None:
    folder = forge(world, tmp_path / "forged", **lie(world.dossier))
    with pytest.raises(VerificationFailed, match=told):
        verify(folder)


def test_a_dossier_of_a_later_instant_is_another_one(world: World, tmp_path: Path) -> None:
    forged = later_instant(world.dossier)
    folder = forge(world, tmp_path / "forged", **forged)
    failed = refused(folder, now_ms=forged["at_ms"])
    assert failed.where in ("dossier.json", "certificate.json")


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"grade": "operational"}, "does not give its grade"),
        ({"module": "hsm"}, "does not give its module"),
        ({"witness": "cosigner"}, "does not give its witness"),
        ({"module": "hsm", "witness": "cosigner", "grade": "operational"}, "does not give its"),
    ],
)
def test_nobody_can_ask_for_a_better_grade(
    world: World, tmp_path: Path, change: dict[str, Any], told: str
) -> None:
    assert told in refused(forge(world, tmp_path / "forged", **change)).what


def resign(certificate: Certificate, **change: Any) -> Certificate:
    draft = replace(certificate, **change)
    return replace(draft, signature=CERTIFICATE_KEY.sign(draft.signed))


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"grade": "operational"}, "may not claim operational grade"),
        ({"module": "hsm"}, "does not give its module"),
        ({"open": ()}, "does not give its not_proven.open"),
        ({"closed": 999}, "does not give its closed"),
        ({"by_person": ("R-7-01",)}, "does not give its by_person"),
        ({"valid_to_ms": NOW_MS + 31 * DAY_MS}, "longer than its evidence"),
        ({"valid_from_ms": NOW_MS - 1}, "does not give its valid_from_ms"),
        ({"key": "somebody+00000000"}, "does not give its key"),
    ],
)
def test_a_signed_lie_in_the_certificate_is_found(
    world: World, tmp_path: Path, change: dict[str, Any], told: str
) -> None:
    folder = world.write(tmp_path / "forged", certificate=resign(world.certificate, **change))
    assert told in refused(folder).what


@pytest.mark.parametrize("name", ["service_id", "service", "analysis", "policy", "catalogue"])
def test_a_chain_that_was_signed_broken_is_found(world: World, bundle: Path, name: str) -> None:
    chain = replace(world.certificate.chain, **{name: "sha256:" + "0" * 64})
    forged = resign(world.certificate, chain=chain)
    (bundle / "certificate.json").write_bytes(forged.octets)
    refused(bundle)


def test_members_that_nobody_knows_are_refused_even_when_signed(world: World, bundle: Path) -> None:
    body = world.certificate.body() | {"more": 1}
    signature = CERTIFICATE_KEY.sign(b"tallystick-certificate\n" + canonical_json(body))
    outer = read_canonical(world.certificate.octets)
    outer |= {"body": body, "signature": _b64(signature)}
    (bundle / "certificate.json").write_bytes(canonical_json(outer))
    assert refused(bundle).what == "not a certificate: missing or unknown: more"


def _b64(octets: bytes) -> str:
    from tallystick.ground.identifiers import to_base64url

    return to_base64url(octets)


def test_a_plan_that_the_service_file_does_not_give_is_found(world: World, tmp_path: Path) -> None:
    other = world.source.replace(b"\n", b"\n# a remark\n", 1)
    changed = world.source.replace(b'name = "', b'name = "Another ', 1)
    for source, told in ((other, None), (changed, "service.json")):
        forged = replace(world, source=source, certificate=sign(world.dossier, source))
        folder = forged.write(tmp_path / str(told))
        verify(folder)
        if told is None:
            verify(folder, rederive=True)
        else:
            assert refused(folder, rederive=True).where == told


def test_there_must_be_a_service_file_to_derive_from(world: World, tmp_path: Path) -> None:
    bare = replace(world, certificate=sign(world.dossier, None))
    folder = write_bundle(
        tmp_path / "bare", certificate=bare.certificate, dossier=bare.dossier,
        policy=bare.policy, analysis=bare.analysis, service=bare.service,
    )  # fmt: skip
    verify(folder)
    assert refused(folder, rederive=True).where == "service.toml"


def test_verifying_needs_neither_solver_nor_arithmetic_of_risk() -> None:
    code = "import sys, tallystick.prove.certificate; print([m for m in ('numpy', 'highspy', 'sqlite3') if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True, text=True)
    assert done.stdout.strip() == "[]"


OWN = """[[threat]]
id = "T-DEV-LOST"
overrides = true
title = "A handset is lost"
"""


@pytest.fixture(scope="module")
def extended(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A bundle of a service with entries of its owner's."""
    source = EXAMPLE.read_text() + '\n[catalogue]\nextend = ["own.toml"]\n'
    world = make_world(source.encode(), {"own.toml": OWN})
    return world.write(tmp_path_factory.mktemp("extended") / "bundle")


def test_the_owners_own_entries_go_along(extended: Path) -> None:
    assert len(verify(extended, rederive=True).steps) == 8


def test_the_owners_own_entries_cannot_be_changed_later(extended: Path, tmp_path: Path) -> None:
    copy = tmp_path / "bundle"
    shutil.copytree(extended, copy)
    service = copy / "service.json"
    service.write_bytes(service.read_bytes().replace(b"A handset", b"A mandset"))
    assert refused(copy).where == "service.json"
