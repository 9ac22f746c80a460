"""The pages that are made from the catalogue are in step with it."""

from __future__ import annotations

from pathlib import Path

from tallystick.standard import (
    GLOSSARY,
    clause_pages,
    load_catalogue,
    render_clause_page,
    render_glossary,
)

CATALOGUE = load_catalogue()
DOCS = Path(__file__).parents[3] / "docs"


def test_clause_pages_are_in_step_with_the_catalogue() -> None:
    pages = clause_pages(CATALOGUE)
    assert sorted(file.name for file in (DOCS / "clauses").iterdir()) == sorted(pages)
    for name, text in pages.items():
        made = (DOCS / "clauses" / name).read_text(encoding="utf-8")
        assert made == text, f"{name}: run python -m tallystick.standard docs"


def test_glossary_is_in_step() -> None:
    assert (DOCS / "glossary.md").read_text(encoding="utf-8") == render_glossary()
    words = [word for word, _ in GLOSSARY]
    assert words == sorted(words, key=str.casefold)


def test_a_clause_page_says_who_does_what_and_what_is_left() -> None:
    page = render_clause_page(CATALOGUE.clauses["8"], CATALOGUE)
    assert page.startswith("# Clause 8: Cryptographic components\n")
    assert "| `crypto/modules` | **C-KEY-SOFTWARE**" in page
    assert "- **R-8-01** stays open until there is: Hardware module" in page
    for one in CATALOGUE.requirements.values():
        assert (f"**{one.id}**" in page) == (one.clause == "8")


def test_a_clause_page_says_where_others_ask_for_it() -> None:
    page = render_clause_page(CATALOGUE.clauses["14"], CATALOGUE)
    assert "| **R-14-12** | GDPR | Article 6 (intersects) |" in page
    assert "## Where others ask" not in render_clause_page(CATALOGUE.clauses["5"], CATALOGUE)


def test_the_list_of_clauses_names_frameworks_and_sources_with_their_terms() -> None:
    page = clause_pages(CATALOGUE)["README.md"]
    for one in CATALOGUE.frameworks.values():
        assert f"| [{one.names[0]}]({one.address}) | {one.title}, {one.edition} |" in page
    for family in CATALOGUE.sources.values():
        assert family.terms in page


def test_beliefs_are_called_beliefs() -> None:
    page = render_clause_page(CATALOGUE.clauses["A"], CATALOGUE)
    assert "# Annex A: Risk analysis" in page
    assert "starting beliefs" in page
