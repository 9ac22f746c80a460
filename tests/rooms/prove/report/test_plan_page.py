"""The page of a plan: whole, self-contained, the same every time, and true to its artefacts."""

from __future__ import annotations

import re
from xml.etree import ElementTree

from tallystick.decide import Plan
from tallystick.prove.report import render_plan

SIZE_MAX = 1_500_000
SECTIONS = [
    "service", "loss", "scenarios", "measures", "declined", "coverage", "statement", "reading",
    "terms",
]  # fmt: skip


def tree(page: str) -> ElementTree.Element:
    return ElementTree.fromstring(page)  # noqa: S314 - our own page


def spoken(node: ElementTree.Element) -> str:
    return " ".join("".join(node.itertext()).split())


def section(page: str, name: str) -> ElementTree.Element:
    return next(node for node in tree(page).iter("section") if node.get("id") == name)


def test_a_plan_page_is_whole_and_of_moderate_size(plan_page: str) -> None:
    root = tree(plan_page)
    assert (root.tag, root.get("lang")) == ("html", "en")
    assert len(plan_page.encode()) < SIZE_MAX
    assert [node.get("id") for node in root.iter("section")] == SECTIONS
    heads = [spoken(head) for head in root.findall("body/main/section/h2")]
    listed = [spoken(link) for nav in root.iter("nav") for link in nav.iter("a")]
    assert heads == [f"{place}{title}" for place, title in enumerate(listed, start=1)]


def test_the_same_plan_gives_the_same_page(planned: Plan, plan_page: str) -> None:
    assert render_plan(planned) == plan_page


def test_nothing_on_a_plan_page_comes_from_elsewhere(full_page: str) -> None:
    assert re.search(r"\w+://", full_page) is None
    tags = {node.tag for node in tree(full_page).iter()}
    assert tags & {"script", "link", "img", "iframe", "object", "form", "base"} == set()
    names = {name for node in tree(full_page).iter() for name in node.attrib}
    assert [name for name in names if name.startswith("on") or name in ("style", "src")] == []
