"""import: the file on standard output, what to know about it on standard error."""

from __future__ import annotations

from pathlib import Path

from tallystick.describe import load_service, read_service
from tallystick.ground.errors import Misconfigured
from tests.rooms.cli.running import ROOT, refuse, run, succeed

MODEL = ROOT / "tests" / "rooms" / "describe" / "sample-model.yaml"


def test_import_writes_a_file_that_plans(tmp_path: Path) -> None:
    path = tmp_path / "made.toml"
    assert succeed("import", "threagile", MODEL, "--like", "p2p", "--output", path) == ""
    assert "front-door" in {one.id for one in load_service(path).components}
    assert "attack path" in succeed("analyse", path)


def test_import_prints_only_the_file_and_tells_the_rest_beside_it() -> None:
    done = run("import", "threagile", MODEL)
    assert done.exit_code == 0
    assert read_service(done.stdout).name == "Example Pay Go"
    for said in ("guessed", "left out", "shared_runtimes", "to be stated by you", "appetite"):
        assert said in done.stderr


def test_import_writes_over_nothing_and_needs_a_file(tmp_path: Path) -> None:
    kept = tmp_path / "kept.toml"
    kept.write_text("kept")
    told = refuse(Misconfigured, "import", "threagile", MODEL, "--output", kept)
    assert "nothing was written" in told
    assert kept.read_text() == "kept"
    refuse(Misconfigured, "import", "threagile", tmp_path / "none.yaml")
    refuse(Misconfigured, "import", "threagile", MODEL, "--output", tmp_path / "no" / "where.toml")
    refuse(Misconfigured, "import", "threagile", MODEL, "--like", "walet")
