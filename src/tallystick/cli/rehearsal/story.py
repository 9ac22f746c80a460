"""The story of a rehearsal, from the file to the verified certificate."""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from tallystick.assembly import HomeFinding, check_home, demand_runnable
from tallystick.cli.planning import plan_all
from tallystick.cli.rehearsal.cast import enrol_cast
from tallystick.cli.rehearsal.closing import Closed, close, verify_elsewhere
from tallystick.cli.rehearsal.scenes import play
from tallystick.cli.rehearsal.server import LiveService
from tallystick.cli.rehearsal.stage import PAYMENTS, Scene, Stage
from tallystick.decide import Plan
from tallystick.ground.errors import Misconfigured
from tallystick.protect.screening import NameList, read_name_list
from tallystick.prove.report import render_report
from tallystick.trials import NOT_RUN, Insider, Range, Staff, TrialResult, run_trials

Announce = Callable[[str], None]


@dataclass(slots=True, kw_only=True)
class Rehearsed:
    """Everything that a rehearsal did and found. `seconds` is what each step took."""

    planned: Plan
    scenes: list[Scene] = field(default_factory=list)
    trials: list[TrialResult] = field(default_factory=list)
    findings: list[HomeFinding] = field(default_factory=list)
    closed: Closed | None = None
    verified: bool = False
    verification: str = ""
    report: Path | None = None
    seconds: dict[str, float] = field(default_factory=dict)

    @property
    def fallen(self) -> list[TrialResult]:
        """Trials that were not withstood.

        One that could not run counts too, unless the service lacks an operation that it may need.
        """
        complete = all(self.planned.policy.operation(kind).roles for kind in PAYMENTS)
        return [
            trial
            for trial in self.trials
            if not trial.withstood and (complete or trial.outcome != NOT_RUN)
        ]

    @property
    def held(self) -> bool:
        """Whether everything held that must."""
        return (
            all(scene.held for scene in self.scenes)
            and bool(self.scenes and self.trials)
            and not self.fallen
            and not self.findings
            and self.verified
        )


def rehearse(
    file: Path,
    *,
    out: Path,
    names: Path,
    announce: Announce,
    progress: Announce = lambda _: None,
) -> Rehearsed:
    """Plan, run, pay, attack, prove, certify and verify, in a folder of its own.

    `announce` is told each step, `progress` what happens within one.
    Refuses: Misconfigured for a faulty service file or list, or a folder that holds other things.
    """
    _fresh(out)
    home = out / "home"
    listed = read_names(names)
    story = _Story(announce)
    with story.step("plan", "describe, analyse, decide"):
        planned = plan_all(file)
        demand_runnable(planned.policy)
    done = Rehearsed(planned=planned, seconds=story.seconds)
    with story.step("serve", "open the platform and serve it on loopback"):
        service = LiveService(file, home=home, names=names)
    with service:
        with story.step("enrol", "enrol staff and customers over HTTP"):
            cast = enrol_cast(planned.policy, url=service.url, home=home)
        stage = Stage(policy=planned.policy, cast=cast, listed=listed.entries[0].names[0].name)
        with story.step("operate", "issue, pay, redeem; refuse what must be refused"):
            done.scenes.extend(play(stage))
        with story.step("attack", "attack the live service"):
            done.trials.extend(_attack(stage, service.url, home, names=listed, progress=progress))
        for handset in cast.handsets():
            handset.close()
    with story.step("check", "check books and evidence of the closed home"):
        done.findings.extend(check_home(home))
    with story.step("certify", "close requirements, sign the certificate"):
        done.closed = close(planned, file=file, home=home, names=listed, out=out)
    with story.step("verify", "verify it in a process that has only the files"):
        done.verified, done.verification = verify_elsewhere(done.closed)
    with story.step("report", "write the report"):
        done.report = _report(done, done.closed, out)
    return done


def read_names(path: Path) -> NameList:
    """The screening list of a rehearsal. Refuses: Misconfigured."""
    try:
        return read_name_list(path.read_bytes(), where=str(path))
    except OSError as error:
        raise Misconfigured(f"cannot be read: {error.strerror}", where=str(path)) from None


def _attack(
    stage: Stage, url: str, home: Path, *, names: NameList, progress: Announce
) -> list[TrialResult]:
    staff = Staff(
        treasury=stage.cast.treasury,
        backoffice=stage.cast.backoffice,
        laboratory=stage.cast.laboratory,
    )
    place = Range(
        base_url=url, policy=stage.policy, staff=staff, names=names, insider=Insider(home=home)
    )
    return run_trials(
        place, on_result=lambda result: progress(f"attack: {result.trial} {result.outcome}")
    )


def _report(done: Rehearsed, closed: Closed, out: Path) -> Path:
    page = render_report(
        service=done.planned.service,
        analysis=done.planned.analysis,
        policy=done.planned.policy,
        dossier=closed.dossier,
        certificate=closed.certificate,
        trials=done.trials,
    )
    path = out / "report.html"
    path.write_text(page)
    return path


class _Story:
    """Says what happens and measures how long it takes."""

    def __init__(self, announce: Announce) -> None:
        self.announce = announce
        self.seconds: dict[str, float] = {}

    @contextmanager
    def step(self, name: str, title: str) -> Iterator[None]:
        self.announce(title)
        start = time.perf_counter()
        yield
        self.seconds[name] = time.perf_counter() - start


_MARK = "rehearsal.txt"


def _fresh(out: Path) -> None:
    """Make the folder anew; only what a rehearsal made before is taken away."""
    if out.exists() and any(out.iterdir()) and not (out / _MARK).exists():
        raise Misconfigured(
            "this folder holds something else", where=str(out), allowed="an empty or new folder"
        )
    shutil.rmtree(out, ignore_errors=True)
    out.mkdir(parents=True)
    (out / _MARK).write_text("Made by tallystick rehearse; the next rehearsal takes it away.\n")
