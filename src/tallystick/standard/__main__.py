"""Write the pages that are made from the catalogue: `python -m tallystick.standard docs`."""

from __future__ import annotations

import sys
from pathlib import Path

from tallystick.standard.loading import load_catalogue
from tallystick.standard.pages import clause_pages, render_glossary


def write_pages(docs: Path) -> None:
    """Write docs/clauses and docs/glossary.md below a documentation folder."""
    clauses = docs / "clauses"
    clauses.mkdir(parents=True, exist_ok=True)
    for name, text in clause_pages(load_catalogue()).items():
        (clauses / name).write_text(text, encoding="utf-8")
    (docs / "glossary.md").write_text(render_glossary(), encoding="utf-8")


if __name__ == "__main__":
    write_pages(Path(sys.argv[1] if len(sys.argv) > 1 else "docs"))
