"""What analyse and explain tell about attack paths and exposure."""

from __future__ import annotations

from tallystick.cli.ways import PATHS_SHOWN
from tallystick.decide import Plan
from tallystick.ground.errors import Misconfigured
from tests.rooms.cli.running import EXAMPLE, refuse, succeed


def test_analyse_tells_the_costliest_paths_in_words(planned: Plan) -> None:
    told = succeed("analyse", EXAMPLE)
    paths = planned.analysis.paths
    assert all(path.id in told for path in paths[:PATHS_SHOWN])
    assert paths[PATHS_SHOWN].id not in told
    flat = " ".join(told.split())
    assert f"({paths[0].steps[0].at}) ->" in flat
    assert "trust boundaries" in told
    assert "nothing to add to what a year costs" in told


def test_analyse_all_tells_every_path(planned: Plan) -> None:
    told = succeed("analyse", EXAMPLE, "--all")
    assert all(path.id in told for path in planned.analysis.paths)


def test_a_path_in_words_names_steps_places_and_target(planned: Plan) -> None:
    path = planned.analysis.paths[0]
    titles = {one.threat: one.title for one in planned.analysis.scenarios}
    words = path.in_words(titles)
    assert words.count(" -> ") == len(path.steps)
    assert words.endswith(path.target.replace("_", " "))
    for step in path.steps:
        assert f"{titles[step.threat]} ({step.at})" in words


def test_explain_names_the_paths_of_a_threat(planned: Plan) -> None:
    path = planned.analysis.paths[0]
    told = " ".join(succeed("explain", path.steps[0].threat, "--file", EXAMPLE).split())
    assert f"{path.id}: {' > '.join(path.threats)} > {path.target};" in told


def test_explain_tells_steps_without_a_service() -> None:
    from tallystick.cli.knowledge import Catalogued
    from tallystick.standard import load_catalogue

    told = Catalogued(load_catalogue()).explain("T-SIM-SWAP")
    assert told is not None
    lines = [sentence for word, sentence in told.lines if word == "step"]
    assert "from outside it gains a customer's number" in lines
    assert any(line.startswith("whoever holds ") and line.endswith(" of tries") for line in lines)


def test_explain_tells_a_path_step_after_step(planned: Plan) -> None:
    path = planned.analysis.paths[0]
    told = " ".join(succeed("explain", path.id, "--file", EXAMPLE).split())
    assert "attack path" in told
    for step in path.steps:
        assert f"{step.threat} (" in told
        assert f"at {step.at} gains" in told
    assert "remains" in told
    assert "nothing is called" in refuse(Misconfigured, "explain", "P-0", "--file", EXAMPLE)
