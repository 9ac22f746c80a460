"""The pages are in step with one another and with the code."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from tests.house.pages import anchors, links, matches
from tests.house.tree import ROOT, files, here

PAGES = [path for path in files() if path.suffix == ".md"]
DOCS = {path for path in PAGES if path.is_relative_to(ROOT / "docs")}


def target(page: Path, link: str) -> tuple[Path, str]:
    name, _, anchor = link.partition("#")
    return ((page.parent / name).resolve() if name else page, anchor)


def test_links_resolve() -> None:
    broken = []
    for page in PAGES:
        for link in links(page):
            path, anchor = target(page, link)
            if not path.exists() or (anchor and anchor not in anchors(path)):
                broken.append(f"{here(page)}: {link}")
    assert broken == []


def test_every_page_is_reachable_from_the_index() -> None:
    waiting, seen = [ROOT / "docs" / "index.md"], set()
    while waiting:
        page = waiting.pop()
        seen.add(page)
        found = {target(page, link)[0] for link in links(page)}
        waiting += [path for path in found if path in DOCS - seen]
    assert sorted(here(page) for page in DOCS - seen) == []


def test_generated_pages_are_in_step() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "tools.docs", "check"],
        cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr + "\nrun: make docs"


def test_dots_stand_for_what_may_differ() -> None:
    assert matches("paid ... KES\n...\ndone\n", "paid 10.00 KES\nx\ny\ndone\n")
    assert matches("...\n", "")
    assert not matches("paid ... KES\n", "paid 10.00 EUR\n")
    assert not matches("one\n", "one\ntwo\n")
