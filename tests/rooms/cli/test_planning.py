"""new, describe, analyse, decide, check on the example and on files that are wrong."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from tallystick.cli.drawing import DRAWN_SHOWN
from tallystick.decide import Plan, policy_plain
from tallystick.describe import LIKE, load_service
from tallystick.ground.canonical import canonical_json
from tallystick.ground.errors import Misconfigured
from tests.rooms.cli.running import EXAMPLE, KINDS, TEXT, edited, refuse, run, succeed

LOWER = ('per_transaction = "3000.00"', 'per_transaction = "2000.00"')
HIGHER = ('per_transaction = "3000.00"', 'per_transaction = "4000.00"')


# ---- new -------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", KINDS)
def test_new_writes_a_file_that_reads(kind: str, tmp_path: Path) -> None:
    path = tmp_path / "my_first-one.toml"
    assert str(path) in succeed("new", path, "--like", kind)
    assert load_service(path).name == "My First One"


def test_new_offers_what_exists(tmp_path: Path) -> None:
    assert sorted(KINDS) == sorted(LIKE)
    help_text = succeed("new", "--help")
    assert all(kind in re.sub(r"(?<=-)\n\s+", "", help_text) for kind in KINDS)


def test_new_takes_a_name(tmp_path: Path) -> None:
    succeed("new", tmp_path / "a.toml", "--like", "p2p", "--name", "Pesa Quick")
    service = load_service(tmp_path / "a.toml")
    assert (service.name, service.id) == ("Pesa Quick", "pesa-quick")


@pytest.mark.parametrize("name", ["1.toml", "é.toml", "a.toml", f"{'long' * 30}.toml"])
def test_new_names_a_service_whatever_its_file_is_called(name: str, tmp_path: Path) -> None:
    succeed("new", tmp_path / name, "--like", "p2p")
    assert load_service(tmp_path / name).name


def test_new_writes_over_nothing(tmp_path: Path) -> None:
    path = tmp_path / "kept.toml"
    path.write_text("kept")
    assert "nothing was written" in refuse(Misconfigured, "new", path, "--like", "p2p")
    assert path.read_text() == "kept"


def test_new_refuses_kinds_that_do_not_exist(tmp_path: Path) -> None:
    told = refuse(Misconfigured, "new", tmp_path / "a.toml", "--like", "walet")
    assert all(existing in told for existing in KINDS)
    assert list(tmp_path.iterdir()) == []


def test_new_refuses_a_folder_that_is_not_there(tmp_path: Path) -> None:
    path = tmp_path / "nowhere" / "a.toml"
    assert str(path) in refuse(Misconfigured, "new", path, "--like", "p2p")


# ---- describe, analyse, decide -----------------------------------------------------------------


def test_describe_shows_the_service() -> None:
    told = succeed("describe", EXAMPLE)
    for what in ("Kijani Wallet", "remote_p2p", "3,000.00 KES", "50 % android, keys in tee"):
        assert what in told


def test_describe_lists_what_the_owner_draws(tmp_path: Path) -> None:
    drawn = """
[[component]]
id = "branch-switch"
kind = "server"
holds = ["personal_data", "messages"]

[[flow]]
from = "branch-switch"
to = "books"
channel = "local"
carries = ["money"]
"""
    file = tmp_path / "drawn.toml"
    file.write_text(Path(EXAMPLE).read_text(encoding="utf-8") + drawn, encoding="utf-8")
    told = " ".join(succeed("describe", file).split())
    assert "1 component of your own component kind zone holds branch-switch server inside" in told
    assert "messages, personal data" in told
    assert "1 flow of your own" in told
    assert "branch-switch books local money none" in told
    assert "of your own" not in succeed("describe", EXAMPLE)


def test_describe_tells_how_much_of_a_large_drawing_it_leaves_out(tmp_path: Path) -> None:
    drawn = "".join(
        f'[[component]]\nid = "x{n}"\nkind = "server"\n\n' for n in range(DRAWN_SHOWN + 4)
    )
    file = tmp_path / "drawn.toml"
    file.write_text(Path(EXAMPLE).read_text(encoding="utf-8") + "\n" + drawn, encoding="utf-8")
    told = succeed("describe", file)
    assert f"{DRAWN_SHOWN + 4} components of your own" in told
    assert "... and 4 more" in told


def test_describe_gives_the_schema_without_a_file() -> None:
    assert json.loads(succeed("describe", "--format", "schema"))["type"] == "object"
    assert "FILE" in refuse(Misconfigured, "describe")


def test_text_is_shown_as_it_stands(tmp_path: Path) -> None:
    named = edited(tmp_path, ('name = "Kijani Wallet Ltd"', 'name = "[red]Kijani[/] :smile:"'))
    assert "[red]Kijani[/] :smile: (" in succeed("describe", named)


def test_analyse_shows_the_dearest_first(planned: Plan) -> None:
    told = succeed("analyse", EXAMPLE)
    dearest = max(planned.analysis.scenarios, key=lambda one: one.expected_minor.mid)
    assert told.index(dearest.threat) < told.index("... and ")
    assert "the worst year of 20" in told
    assert "the inputs drawn 400 times" in told
    assert planned.analysis.uncertainty.drivers[0].threat in told
    assert "monthly or more" in told
    every = succeed("analyse", EXAMPLE, "--all")
    assert all(scenario.threat in every for scenario in planned.analysis.scenarios)


def test_decide_shows_what_was_chosen_and_left_out(planned: Plan) -> None:
    told = succeed("decide", EXAMPLE, "--all")
    policy = planned.policy
    assert all(control.id in told for control in policy.controls)
    assert all(name in told for name in policy.declined)
    assert all(kind in told for kind in policy.operations)
    assert policy.digest in told


def test_decide_shows_first_what_is_worth_a_second_look(planned: Plan) -> None:
    told = succeed("decide", EXAMPLE)
    second = [name for name, why in planned.policy.declined.items() if "second look" in why]
    assert f"Left out: {len(planned.policy.declined)}, of them worth a second look: " in told
    assert all(f"\n{name} " in told for name in second)
    everything = succeed("decide", EXAMPLE, "--all").splitlines()
    assert len(told.splitlines()) < len(everything) * 2 // 3


def test_a_requirement_that_nothing_answers_is_named_and_does_not_pass(tmp_path: Path) -> None:
    own = """
[[requirement]]
id = "R-6-OWN-01"
clause = "6"
nature = "requirement"
layer = "process"
title = "Nobody answers this"
text = "Something that no countermeasure does."
sources = ["derived: the owner's own rule book"]
closing.attested = true
"""
    (tmp_path / "own.toml").write_text(own, encoding="utf-8")
    path = tmp_path / "wallet.toml"
    path.write_text(TEXT + '\n[catalogue]\nextend = ["own.toml"]\n', encoding="utf-8")
    assert "NOT ANSWERED: R-6-OWN-01, Nobody answers this" in succeed("decide", path)
    done = run("check", path, "--baseline", EXAMPLE)
    assert done.exit_code == 1
    assert "requirement uncovered: Nobody answers this: no countermeasure answers it" in done.stdout


def test_artefacts_are_canonical(planned: Plan) -> None:
    decided = run("decide", EXAMPLE, "--format", "json").stdout_bytes
    assert decided == canonical_json(policy_plain(planned.policy))
    analysed = run("analyse", EXAMPLE, "--format", "json").stdout_bytes
    assert analysed == canonical_json(planned.analysis.plain())
    sure = json.loads(run("analyse", EXAMPLE, "--format", "json", "--sure").stdout_bytes)
    assert sure["analysis"] == planned.analysis.digest
    assert sure["uncertainty"] == planned.analysis.uncertainty.plain()
    assert len(sure["matrix"]) == 25


@pytest.mark.parametrize(
    "words",
    [("describe", EXAMPLE), ("analyse", EXAMPLE), ("decide", EXAMPLE), ("where", "D")],
    ids=lambda words: str(words[0]),
)
@pytest.mark.usefixtures("planned_once")
def test_text_is_plain_and_of_bounded_width(words: tuple[str | Path, ...]) -> None:
    for line in succeed(*words).splitlines():
        assert len(line) <= 100
        assert line == line.rstrip()
        assert "\x1b" not in line


@pytest.mark.parametrize("command", ["describe", "analyse", "decide"])
def test_files_that_cannot_be_read_are_named(command: str, tmp_path: Path) -> None:
    assert "No such file" in refuse(Misconfigured, command, tmp_path / "none.toml")
    assert "directory" in refuse(Misconfigured, command, tmp_path)
    broken = tmp_path / "broken.toml"
    broken.write_text("[service\n")
    assert f"{broken}:1" in refuse(Misconfigured, command, broken)


def test_an_unknown_key_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "odd.toml"
    path.write_text(TEXT + "\n[operatoins]\nstep_up = 1\n")
    told = refuse(Misconfigured, "decide", path)
    assert 'unknown key "operatoins" (did you mean "operations"?)' in told
    assert f"{path}:{TEXT.count(chr(10)) + 2}" in told


# ---- differences -------------------------------------------------------------------------------


@pytest.mark.usefixtures("planned_once")
def test_a_lower_limit_is_told_in_words(tmp_path: Path, baseline: Path) -> None:
    lower = edited(tmp_path, LOWER)
    line = "tighter  tier1 per transaction: 3000.00 -> 2000.00 KES\n"
    assert succeed("decide", lower, "--diff", EXAMPLE) == line
    assert succeed("decide", lower, "--diff", baseline) == line


@pytest.mark.usefixtures("planned_once")
def test_nothing_changes_between_equals(baseline: Path) -> None:
    assert "byte for byte" in succeed("decide", EXAMPLE, "--diff", baseline)


def test_a_difference_has_no_artefact(baseline: Path) -> None:
    refuse(Misconfigured, "decide", EXAMPLE, "--diff", baseline, "--format", "json")


@pytest.mark.usefixtures("planned_once")
def test_check_passes_what_is_as_strong(tmp_path: Path, baseline: Path) -> None:
    assert "the same policy" in succeed("check", EXAMPLE, "--baseline", baseline)
    lower = edited(tmp_path, LOWER)
    assert "1 change, none weaker" in succeed("check", lower, "--baseline", EXAMPLE)


@pytest.mark.usefixtures("planned_once")
def test_check_fails_what_is_weaker(tmp_path: Path, baseline: Path) -> None:
    done = run("check", edited(tmp_path, HIGHER), "--baseline", baseline)
    assert done.exit_code == 1
    assert "weaker: tier1 per transaction: 3000.00 -> 4000.00 KES" in done.stdout


def test_check_fails_what_cannot_be_decided(tmp_path: Path, baseline: Path) -> None:
    impossible = edited(
        tmp_path, ('scenario_expected_loss = "2500000.00"', 'scenario_expected_loss = "1.00"')
    )
    done = run("check", impossible, "--baseline", baseline)
    assert done.exit_code == 1
    assert "no policy: appetite" in done.stdout
    assert "best reachable" in refuse(Misconfigured, "decide", impossible)


@pytest.mark.usefixtures("planned_once")
def test_check_compares_one_service_with_itself(tmp_path: Path, baseline: Path) -> None:
    other = edited(tmp_path, ('id = "kijani-wallet"  ', 'id = "other-wallet"  '))
    assert "nothing to compare" in refuse(Misconfigured, "check", other, "--baseline", baseline)


@pytest.mark.usefixtures("planned_once")
@pytest.mark.parametrize(
    ("octets", "said"),
    [
        (b"{", "not JSON"),
        (b"{}", "not a security policy"),
        (b'{"a":' * 100_000, "nested too deeply"),
        (b"\xff", "not UTF-8"),
    ],
)
def test_a_baseline_that_is_none_is_named(octets: bytes, said: str, tmp_path: Path) -> None:
    path = tmp_path / "old"
    path.write_bytes(octets)
    told = refuse(Misconfigured, "check", EXAMPLE, "--baseline", path)
    assert said in told
    assert str(path) in told


@pytest.mark.usefixtures("planned_once")
def test_an_altered_baseline_is_refused(tmp_path: Path, baseline: Path) -> None:
    altered = tmp_path / "altered.json"
    altered.write_bytes(baseline.read_bytes().replace(b'"pin.tries_max":3', b'"pin.tries_max":9'))
    assert "altered" in refuse(Misconfigured, "check", EXAMPLE, "--baseline", altered)


# ---- the evidence of a day -------------------------------------------------------------------

CLAIM = """
[[claim]]
control = "C-INTENT-SIGN"
state = "certified"
by = "Lab Ltd"
until = "2027-01-31"
"""


def on_evidence(said: str) -> int:
    line = next(line for line in said.splitlines() if line.startswith("on the evidence of "))
    return int(line.partition("shown: ")[2].partition(" KES")[0].replace(",", ""))


def test_an_expired_certificate_raises_the_figure(tmp_path: Path) -> None:
    path = tmp_path / "claimed.toml"
    path.write_text(TEXT + CLAIM, encoding="utf-8")
    good = succeed("decide", path, "--as-of", "2027-01-31")
    gone = succeed("decide", path, "--as-of", "2027-02-01")
    assert "with 1 of" in good
    assert "with 0 of" in gone
    assert on_evidence(gone) > on_evidence(good)


def test_without_claims_nothing_is_said_of_a_day() -> None:
    assert "on the evidence of" not in succeed("decide", EXAMPLE, "--as-of", "2027-01-31")
    assert "no date" in refuse(Misconfigured, "decide", EXAMPLE, "--as-of", "2027-02-31")
