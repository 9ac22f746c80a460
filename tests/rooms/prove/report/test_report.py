"""The report: whole, self-contained, the same every time, and true to its artefacts."""

from __future__ import annotations

import base64
import hashlib
import re
from dataclasses import dataclass, replace
from xml.etree import ElementTree

import pytest

from tallystick.ground.canonical import digest
from tallystick.ground.errors import Misconfigured
from tallystick.prove.closure import State
from tallystick.prove.evidence import Entry, open_entry
from tallystick.prove.report import paint_risk, render_report
from tallystick.prove.report.words import money
from tallystick.standard import load_catalogue
from tests.rooms.prove.logs import MemoryLog, make_fact
from tests.rooms.prove.report.conftest import rendered
from tests.rooms.prove.report.made import PAYMENT, Told, renamed
from tests.rooms.prove.world import World, make_log

SIZE_MAX = 1_500_000


def tree(page: str) -> ElementTree.Element:
    return ElementTree.fromstring(page)  # noqa: S314 - our own page


def spoken(page: str) -> str:
    """The words that a reader sees, white space made one."""
    body = tree(page).find("body")
    assert body is not None
    return " ".join("".join(body.itertext()).split())


def test_the_page_is_well_formed_and_of_moderate_size(page: str) -> None:
    root = tree(page)
    assert root.tag == "html"
    assert root.get("lang") == "en"
    assert len(page.encode()) < SIZE_MAX


def test_the_same_artefacts_give_the_same_page(told: Told, page: str) -> None:
    assert rendered(told) == page


def test_nothing_comes_from_elsewhere(page: str) -> None:
    assert re.search(r"\w+://", page) is None
    tags = {node.tag for node in tree(page).iter()}
    assert tags & {"script", "link", "img", "iframe", "object", "form", "base"} == set()
    names = {name for node in tree(page).iter() for name in node.attrib}
    assert [name for name in names if name.startswith("on") or name in ("style", "src")] == []
    assert re.search(r"@import|url\(", page) is None


def test_links_lead_within_the_page(page: str) -> None:
    ids = [node.get("id") for node in tree(page).iter() if node.get("id")]
    assert len(ids) == len(set(ids))
    targets = {node.get("href") for node in tree(page).iter("a")}
    assert {f"#{name}" for name in ids} >= targets


def test_the_page_allows_its_own_style_and_nothing_else(page: str) -> None:
    root = tree(page)
    style = root.findtext("head/style") or ""
    hashed = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    policies = [
        node.get("content", "")
        for node in root.iter("meta")
        if node.get("http-equiv") == "Content-Security-Policy"
    ]
    assert policies == [
        f"default-src 'none'; style-src 'sha256-{hashed}'; base-uri 'none'; form-action 'none'"
    ]


def test_every_requirement_stands_there_once_with_its_state(told: Told, page: str) -> None:
    rows = [node.get("id") for node in tree(page).iter("tr") if (node.get("id") or "")[:2] == "R-"]
    assert sorted(map(str, rows)) == sorted(one.id for one in told.dossier.assessments)
    assert set(told.dossier.ids(State.OPEN)) <= set(rows)
    assert told.dossier.ids(State.OPEN)


def test_open_requirements_say_who_can_close_them(page: str) -> None:
    groups = {
        (node.get("class") or "").removeprefix("group "): [row.get("id") for row in node.iter("tr")]
        for node in tree(page).iter("div")
        if (node.get("class") or "").startswith("group ")
    }
    assert "R-8-01" in groups["hardware"]
    assert "R-9-03" in groups["independent"]
    assert "R-6-03" in groups["provider"]
    assert "R-7.1-03" in groups["own"]


def test_the_first_page_tells_grade_figures_and_certificate(told: Told, page: str) -> None:
    header = tree(page).find("body/header")
    assert header is not None
    words = "".join(header.itertext())
    optimum = told.policy.optimum
    assert "Development grade" in words
    for name in ("expected_before", "expected_after", "var_95_before", "var_95_after"):
        assert money(int(optimum[f"{name}_minor"]), "KES") in words
    closed, whole = len(told.dossier.ids(State.CLOSED)), len(told.dossier.assessments)
    assert f"{closed} of {whole}" in words
    assert "34 of 34" in words
    assert digest(told.certificate.octets)[7:11] in words


def test_figures_are_those_of_the_policy(told: Told) -> None:
    risk = paint_risk(told.analysis, told.policy, load_catalogue())
    optimum = told.policy.optimum
    for name in ("mean", "var_95", "var_99", "es_95"):
        recorded = "expected" if name == "mean" else name
        assert getattr(risk.before.mid, f"{name}_minor") == optimum[f"{recorded}_before_minor"]
        assert getattr(risk.after.mid, f"{name}_minor") == optimum[f"{recorded}_after_minor"]
    for one in risk.scenarios:
        assert all(after <= before for after, before in zip(one.after, one.before, strict=True))
        assert one.after[0] <= one.after[1] <= one.after[2]
    assert risk.after.low.mean_minor <= risk.after.mid.mean_minor <= risk.after.high.mean_minor


def test_every_countermeasure_is_told_in_force_or_not(told: Told, page: str) -> None:
    words = spoken(page)
    for control in told.policy.controls:
        assert control.id in words
    for name in told.policy.declined:
        assert name in words


def test_a_second_look_is_where_the_policy_says_so(told: Told, page: str) -> None:
    table = next(
        one for one in tree(page).iter("table")
        if (one.findtext("caption") or "").startswith("What each would take and prevent")
    )  # fmt: skip
    marked = ["".join(row.itertext()) for row in table.findall("tbody/tr")]
    wanted = [n for n, reason in told.policy.declined.items() if reason.endswith("second look")]
    assert len(marked) == len(wanted)
    assert all(any(name in row for row in marked) for name in wanted)


def test_one_payment_walks_with_every_fact(page: str) -> None:
    section = next(node for node in tree(page).iter("section") if node.get("id") == "payment")
    steps = ["".join(step.itertext()) for step in section.iter("li")]
    assert len(steps) == len(PAYMENT)
    for step, fact in zip(steps, PAYMENT, strict=True):
        assert fact in step
    assert "a-1" not in "".join(section.itertext()), "who paid whom stays out"


def test_another_payment_can_be_walked(told: Told, world: World) -> None:
    proven = next(one for one in world.dossier.evidence if one.index == 3)
    entry = open_entry(Entry(index=3, leaf=proven.leaf, tally=proven.tally))
    page = render_report(
        service=told.service,
        analysis=told.analysis,
        policy=told.policy,
        dossier=told.dossier,
        walk=replace(entry, leaf=replace(entry.leaf, amount_minor=424_242)),
    )
    assert "4242.42" in page


def test_the_chain_and_how_to_verify_it_are_told(told: Told, page: str) -> None:
    chain = told.dossier.chain
    wanted = [chain.service, chain.analysis, chain.policy, chain.catalogue, told.dossier.digest]
    wanted += [digest(told.certificate.octets), str(told.certificate.source)]
    wanted += ["tallystick verify BUNDLE --trust trust.txt"]
    assert [words for words in wanted if words not in page] == []
    assert told.dossier.checkpoint.split("\n")[2] in page


def test_tables_and_pictures_have_names(page: str) -> None:
    root = tree(page)
    for table in root.iter("table"):
        assert "".join(table.find("caption").itertext())  # type: ignore[union-attr]
        assert table.find("thead") is not None
    for drawn in root.iter("svg"):
        assert drawn.get("aria-hidden") == "true" or drawn.findtext("title")


def test_strangers_names_are_only_words(told: Told) -> None:
    hostile = "</title><script>alert(1)</script> \"'&amp; <svg onload=x>"
    page = rendered(renamed(told, hostile))
    assert "<script" not in page
    assert "<svg onload" not in page
    assert hostile in "".join(tree(page).itertext())


def test_a_dossier_without_certificate_says_so(told: Told) -> None:
    page = render_report(
        service=told.service, analysis=told.analysis, policy=told.policy, dossier=told.dossier
    )
    assert "none was issued for this dossier" in spoken(page)
    assert "No certificate was issued for this dossier" in spoken(page)


def test_only_what_is_lacking_speaks_against_the_grade(told: Told, world: World) -> None:
    dossier = world.close(log=make_log(world.policy.digest, level="hsm"))
    page = render_report(
        service=told.service, analysis=told.analysis, policy=told.policy, dossier=dossier
    )
    words = spoken(page)
    assert "Development grade" in words
    assert "for 1 reason" in words
    assert "held in software" not in words


def test_a_service_that_nobody_attacked_says_so(told: Told, world: World) -> None:
    log = MemoryLog()
    log.record(make_fact("platform.opened", policy=told.policy.digest), policy=told.policy.digest)
    page = render_report(
        service=told.service, analysis=told.analysis, policy=told.policy,
        dossier=world.close(log=log),
    )  # fmt: skip
    words = spoken(page)
    assert "none made" in words
    assert "No attack was made on the running service" in words
    assert "holds no payment that was posted" in words


@dataclass(frozen=True, kw_only=True)
class Result:
    """What a trial tells."""

    trial: str
    outcome: str
    expected: str = ""
    seen: str = ""
    evidence: str = ""


def test_trials_fill_in_what_the_evidence_does_not_tell(world: World) -> None:
    missing = sorted(load_catalogue().trials)[-1]
    results = [
        Result(trial="alg-none", outcome="failed", expected="one", seen="another"),
        Result(trial=missing, outcome="not run", evidence="no list was given"),
    ]
    page = render_report(
        service=world.service, analysis=world.analysis, policy=world.policy,
        dossier=world.dossier, trials=results,
    )  # fmt: skip
    section = next(node for node in tree(page).iter("section") if node.get("id") == "attacks")
    words = "".join(section.itertext())
    assert "another" in words
    assert "got through" not in words, "the evidence has the last word"
    assert "no list was given" in words


def test_an_attack_that_got_through_is_not_hidden(world: World) -> None:
    missing = sorted(load_catalogue().trials)[-1]
    page = render_report(
        service=world.service, analysis=world.analysis, policy=world.policy,
        dossier=world.dossier, trials=[Result(trial=missing, outcome="failed", seen="ok")],
    )  # fmt: skip
    assert "33 of 34" in spoken(page)
    assert "got through" in spoken(page)


def test_artefacts_of_different_services_are_refused(told: Told) -> None:
    other = replace(told.service, name="another")
    with pytest.raises(Misconfigured, match="analysis"):
        render_report(
            service=other, analysis=told.analysis, policy=told.policy, dossier=told.dossier
        )


def test_a_certificate_of_another_dossier_is_refused(told: Told, world: World) -> None:
    with pytest.raises(Misconfigured, match="certificate"):
        render_report(
            service=told.service, analysis=told.analysis, policy=told.policy,
            dossier=told.dossier, certificate=world.certificate,
        )  # fmt: skip
