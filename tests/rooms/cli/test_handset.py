"""handset: a served platform driven from the command line, from enrolment to a reversal."""

from __future__ import annotations

import json
import re
import shlex
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from tallystick.assembly import check_home, open_platform
from tallystick.cli.app import app
from tallystick.decide import Plan
from tallystick.ground.errors import Misconfigured
from tallystick.handset import AnswerLost, Malformed, NotEnrolled, Refusal
from tallystick.handset.connection import Connection, Reply
from tallystick.protect.screening import read_name_list
from tallystick.serve import serving
from tests.house.tree import ROOT
from tests.rooms.cli.running import NAMES, refuse, run, succeed


class Desk:
    """Handsets in a folder, and a service that they talk to."""

    def __init__(self, folder: Path, url: str) -> None:
        self.folder, self.url = folder, url
        self.pin = folder / "pin"
        self.pin.write_text("2580\n")

    def state(self, name: str) -> Path:
        return self.folder / f"{name}.handset"

    def enrol(self, name: str, *how: str) -> str:
        trust = self.folder / "home" / "trust.txt"
        return succeed(
            "handset", "enrol", *how, "--url", self.url, "--trust", trust,
            "--state", self.state(name), "--pin-file", self.pin,
        )  # fmt: skip

    def does(self, name: str, command: str, *words: str | Path) -> str:
        return succeed("handset", command, *words, "--state", self.state(name))

    def refused(self, name: str, command: str, *words: str | Path) -> str:
        done = run("handset", command, *words, "--state", self.state(name))
        assert done.exit_code == 1, done.output
        (code,) = re.findall(r"^refused: (.*)$", done.stdout, re.MULTILINE)
        return str(code)

    def customer(self, name: str, *, role: str = "customer") -> dict[str, Any]:
        told = self.does(
            "backoffice", "register", "--name", f"{name} Wairimu", "--born", "1991-05-17",
            "--country", "KE", "--document", f"P{sum(map(ord, name)):08d}", "--tier", "tier2",
            "--role", role,
        )  # fmt: skip
        data = data_of(told)
        self.enrol(name, "--code", str(data["activation"]))
        return data


def data_of(told: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(told[told.index("{") :])
    return found


def order_of(told: str) -> str:
    (name,) = re.findall(r"^order (\S+)$", told, re.MULTILINE)
    return str(name)


@pytest.fixture
def desk(planned: Plan, tmp_path: Path) -> Iterator[Desk]:
    names = read_name_list(NAMES.read_bytes(), where=str(NAMES))
    home = tmp_path / "home"
    with (
        open_platform(planned.policy, home=home, names=names) as platform,
        serving(platform) as url,
    ):
        made = Desk(tmp_path, url)
        for role in ("treasury", "backoffice"):
            made.enrol(role, "--staff", role)
        yield made
    assert check_home(home) == []


def test_from_enrolment_to_a_reversal(desk: Desk) -> None:
    amina, brian = desk.customer("amina"), desk.customer("brian")
    assert stat.S_IMODE(desk.state("amina").stat().st_mode) == 0o600
    desk.does("treasury", "confirm", "10000.00", "--reference", "BANK-1")
    desk.does("treasury", "issue", amina["account"], "5000.00")
    to_brian = (brian["account"], "800.00", "--name", "brian Wairimu", "--yes")
    told = desk.does("amina", "pay", *to_brian, "--pin-file", desk.pin)
    assert told.startswith("Pay      800.00 KES\n")
    assert desk.refused("amina", "pay", *to_brian, "--no-pin") == "customer.not_verified"
    line = data_of(desk.does("brian", "statement"))["lines"][0]
    assert (line["amount"], line["balance"], line["payment"]) == (
        "800.00",
        "800.00",
        order_of(told),
    )
    back = (order_of(told), "300.00", "--to", line["counterparty"], "--yes")
    desk.does("brian", "refund", *back, "--pin-file", desk.pin)
    again = desk.does("amina", "pay", *to_brian, "--pin-file", desk.pin)
    desk.does("backoffice", "reverse", order_of(again), "--reason", "to the wrong person")
    assert desk.refused("backoffice", "reverse", order_of(again), "--reason", "x") == (
        "payment.corrected"
    )
    assert data_of(desk.does("amina", "balance"))["available"] == "4500.00"
    assert data_of(desk.does("brian", "order", "banking.balance", "{}"))["available"] == "500.00"


GUIDE = (ROOT / "docs" / "guides" / "reservations.md").read_text("utf-8")


def test_the_guide_to_reservations_does_what_it_says(desk: Desk) -> None:
    """Its commands in their order; what is taken in one way cannot be let go in the other."""
    amina, hotel = desk.customer("amina"), desk.customer("hotel", role="merchant")
    desk.does("treasury", "confirm", "20000.00", "--reference", "BANK-1")
    desk.does("treasury", "issue", amina["account"], "15000.00")
    known = {"$H": hotel["account"], "Lake Hotel": "hotel Wairimu", "pin": str(desk.pin)}

    def run_line(command: str, *more: str) -> str:
        (line,) = re.findall(rf"^\$ tallystick handset ({command} .*)$", GUIDE, re.MULTILINE)
        words = [known.get(word, word) for word in shlex.split(line)]
        name = words[words.index("--state") + 1]
        words[words.index("--state") + 1] = str(desk.folder / name)
        return succeed("handset", *words, *more)

    told = run_line("reserve", "--yes")
    known["RESERVATION"] = order_of(told)
    assert told.startswith("Reserve  6000.00 KES\nTo       hotel Wairimu\n")
    assert re.search(r"^Until    \d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$", told, re.MULTILINE)
    assert data_of(run_line("balance"))["reserved"] == "6000.00"
    (line,) = data_of(run_line("reservations"))["reservations"]
    assert (line["reservation"], line["state"]) == (order_of(told), "open")
    assert desk.refused("hotel", "capture", order_of(told), "6000.01") == "hold.refused"
    taken = data_of(run_line("capture"))
    assert (taken["taken"], taken["released"]) == ("4500.00", "1500.00")
    assert desk.refused("hotel", "release", order_of(told)) == "hold.unknown"
    known["RESERVATION"] = order_of(run_line("reserve", "--yes"))
    assert data_of(run_line("release"))["released"] == "6000.00"
    shown = data_of(desk.does("amina", "reservations"))["reservations"]
    assert [(one["state"], one["taken"]) for one in shown] == [
        ("released", "0.00"), ("captured", "4500.00"),
    ]  # fmt: skip
    assert data_of(desk.does("amina", "balance"))["available"] == "10500.00"


def test_a_redemption_from_the_order_to_the_bank(desk: Desk) -> None:
    amina = desk.customer("amina")
    desk.does("treasury", "confirm", "10000.00", "--reference", "BANK-1")
    desk.does("treasury", "issue", amina["account"], "5000.00")
    told = desk.does(
        "amina", "to-bank", "KE610080012345678901", "1000.00", "--name", "Amina Wairimu", "--yes",
        "--pin-file", desk.pin,
    )  # fmt: skip
    assert data_of(desk.does("amina", "balance"))["reserved"] == "1000.00"
    assert desk.refused("treasury", "expire", order_of(told)) == "hold.unknown"
    desk.does("treasury", "settle", order_of(told), "paid")
    assert data_of(desk.does("amina", "balance"))["reserved"] == "0.00"


def test_nothing_is_signed_or_asked_where_nobody_sits(desk: Desk) -> None:
    amina = desk.customer("amina")
    pay = (
        "handset",
        "pay",
        amina["account"],
        "1.00",
        "--name",
        "x",
        "--state",
        desk.state("brian"),
    )
    desk.customer("brian")
    assert "--yes" in str(refuse_here(pay, "--no-pin"))
    assert "--pin-file" in str(refuse_here(pay, "--yes"))
    desk.pin.write_text("12")
    with pytest.raises(Malformed):
        run(*pay, "--yes", "--pin-file", desk.pin)


def refuse_here(words: tuple[str | Path, ...], *more: str) -> Misconfigured:
    with pytest.raises(Misconfigured) as caught:
        run(*words, *more)
    return caught.value


def test_what_cannot_be_enrolled_leaves_no_file(desk: Desk, tmp_path: Path) -> None:
    usual = (
        "handset", "enrol", "--url", desk.url, "--trust", tmp_path / "home" / "trust.txt",
        "--pin-file", desk.pin,
    )  # fmt: skip
    new = tmp_path / "new.handset"
    assert "--staff" in refuse(Misconfigured, *usual, "--state", new)
    assert "treasury" in refuse(Misconfigured, *usual, "--state", new, "--staff", "king")
    lost = (*usual[:4], "--trust", tmp_path / "lost.txt", *usual[6:], "--staff", "treasury")
    assert "lost.txt" in refuse(Misconfigured, *lost, "--state", new)
    taken = desk.state("treasury")
    assert "already" in refuse(Misconfigured, *usual, "--state", taken, "--staff", "treasury")
    assert not new.exists()


@pytest.mark.parametrize("body", ["", "[]", "7", "{", "@nowhere"])
def test_a_body_that_is_no_object_is_not_sent(desk: Desk, body: str) -> None:
    words = ("handset", "order", "banking.balance", body, "--state", desk.state("treasury"))
    refuse(Misconfigured, *words)


def test_a_handset_says_whose_it_is(desk: Desk) -> None:
    told = desk.does("treasury", "show")
    assert "role        treasury" in told
    assert desk.does("treasury", "retry") == "nothing is unanswered\n"


def test_what_partners_ask_for_is_answered_from_the_command_line(desk: Desk) -> None:
    """With something to answer it is in the partners' guide, which a test runs."""
    desk.customer("amina")
    assert data_of(desk.does("amina", "requests")) == {"requests": []}
    assert desk.refused("amina", "decline", "dev-nobody.order") == "request.unknown"
    assert desk.refused("amina", "end", "ABCD-EFGH-JKLM") == "authority.refused"
    unknown = ("approve", "nothing", "--no-pin", "--state", desk.state("amina"))
    told = refuse(Misconfigured, "handset", *unknown)
    assert "no such request waits" in told


def test_an_order_without_an_answer_says_what_is_left_to_do(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    confirm = ("confirm", "10.00", "--reference")
    state = ("--state", desk.state("treasury"))
    nowhere = fail("handset", *confirm, "B-0", *state, "--url", "http://127.0.0.1:1")
    assert nowhere == ("nobody answers at http://127.0.0.1:1", "Nothing new was ordered.")
    assert desk.url in desk.does("treasury", "show"), "where nobody answers is not remembered"
    desk.refused("treasury", "order", "banking.balance", "{}", "--url", f"{desk.url}/")
    assert f"{desk.url}/\n" in desk.does("treasury", "show"), "where it answers is"

    post = Connection.post

    def lose(connection: Connection, path: str, *rest: Any, **more: Any) -> Reply:
        reply = post(connection, path, *rest, **more)
        if path == "/v1/messages":
            raise AnswerLost("gone")
        return reply

    monkeypatch.setattr(Connection, "post", lose)
    for reference in ("B-1", "B-2"):
        _, hint = fail("handset", *confirm, reference, *state)
        assert f"tallystick handset retry --state {desk.state('treasury')}" in hint
        assert hint.startswith("The order was sent")
    assert "from before has no answer yet" in fail("handset", "retry", *state)[1]
    monkeypatch.undo()
    assert desk.does("treasury", "retry").count("accepted") == 2
    for reference in ("B-1", "B-2"):
        assert desk.refused("treasury", *confirm, reference) == "reference.used"


def fail(*words: str | Path) -> tuple[str, str]:
    done = CliRunner().invoke(app, [str(word) for word in words])
    assert isinstance(done.exception, AnswerLost)
    return str(done.exception), done.stderr.strip()


def test_an_enrolment_without_an_answer_goes_on_with_its_keys(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    code = register(desk, "amina")
    words = enrolling(desk, "amina", "--code", code)
    lose_enrolments(monkeypatch)
    assert fail("handset", *words)[0] == "gone"
    state = desk.state("amina")
    assert stat.S_IMODE(state.stat().st_mode) == 0o600
    kept = keys_of(state)
    with pytest.raises(NotEnrolled):
        run("handset", "retry", "--state", state)
    assert fail("handset", *words)[1].startswith("The enrolment may have been taken.")
    monkeypatch.undo()
    other = enrolling(desk, "amina", "--code", "WGWW-97GL-TQ26")
    assert "waits for its answer" in refuse(Misconfigured, "handset", *other)
    told = succeed("handset", *words)
    assert told.startswith("The enrolment from before is sent again")
    assert "accepted" in told
    assert keys_of(state) == kept
    assert data_of(desk.does("amina", "balance"))["available"] == "0.00"
    assert "already" in refuse(Misconfigured, "handset", *words)


def test_an_enrolment_that_never_arrived_is_made_anew_with_the_same_keys(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    code = register(desk, "amina")
    words = enrolling(desk, "amina", "--code", code)
    lose_enrolments(monkeypatch, arriving=False)
    fail("handset", *words)
    monkeypatch.undo()
    state = desk.state("amina")
    kept, waiting = keys_of(state), json.loads(state.read_text())
    waiting["enrolling"]["token"] += "A"
    state.write_text(json.dumps(waiting))
    told = succeed("handset", *words)
    assert "It was never taken" in told
    assert keys_of(state) == kept
    assert data_of(desk.does("amina", "balance"))["available"] == "0.00"


def test_a_new_handset_whose_code_is_refused_leaves_no_file(desk: Desk) -> None:
    with pytest.raises(Refusal):
        run("handset", *enrolling(desk, "amina", "--code", "WGWW-97GL-TQ26"))
    assert not desk.state("amina").exists()


def register(desk: Desk, name: str) -> str:
    told = desk.does(
        "backoffice", "register", "--name", f"{name} Wairimu", "--born", "1991-05-17",
        "--country", "KE", "--document", "P00000001", "--tier", "tier2",
    )  # fmt: skip
    return str(data_of(told)["activation"])


def enrolling(desk: Desk, name: str, *how: str) -> tuple[str | Path, ...]:
    return (
        "enrol", *how, "--url", desk.url, "--trust", desk.folder / "home" / "trust.txt",
        "--state", desk.state(name), "--pin-file", desk.pin,
    )  # fmt: skip


def keys_of(state: Path) -> object:
    return json.loads(state.read_text())["keys"]


def lose_enrolments(monkeypatch: pytest.MonkeyPatch, *, arriving: bool = True) -> None:
    post = Connection.post

    def lose(connection: Connection, path: str, *rest: Any, **more: Any) -> Reply:
        if path != "/v1/enrolments":
            return post(connection, path, *rest, **more)
        if arriving:
            post(connection, path, *rest, **more)
        raise AnswerLost("gone")

    monkeypatch.setattr(Connection, "post", lose)
