"""One plan of the example and one home for all tests of the command line."""

from __future__ import annotations

from pathlib import Path

import pytest

from tallystick.assembly import open_platform, record_audit
from tallystick.cli import planning
from tallystick.cli.planning import plan_all
from tallystick.decide import Plan, policy_plain
from tallystick.ground.canonical import canonical_json
from tallystick.protect.screening import read_name_list
from tests.rooms.cli.running import EXAMPLE, NAMES


@pytest.fixture(scope="session")
def planned() -> Plan:
    return plan_all(EXAMPLE)


@pytest.fixture
def planned_once(planned: Plan, monkeypatch: pytest.MonkeyPatch) -> None:
    """The example is not planned again; every other file is."""

    def remembered(file: Path) -> Plan:
        return planned if file == EXAMPLE else plan_all(file)

    monkeypatch.setattr(planning, "plan_all", remembered)


@pytest.fixture(scope="session")
def baseline(planned: Plan, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The policy of the example, as JSON."""
    path = tmp_path_factory.mktemp("baseline") / "baseline.json"
    path.write_bytes(canonical_json(policy_plain(planned.policy)))
    return path


@pytest.fixture(scope="session")
def home(planned: Plan, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The home of a platform that was opened, audited and closed. Tests do not write into it."""
    path = tmp_path_factory.mktemp("provider") / "home"
    names = read_name_list(NAMES.read_bytes(), where=str(NAMES))
    with open_platform(planned.policy, home=path, names=names) as platform:
        record_audit(platform, home=path)
    return path
