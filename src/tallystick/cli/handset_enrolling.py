"""Enrolment into a file: keys are kept before they are shown, and an answer may be lost."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Literal

import typer

from tallystick.ground.canonical import digest
from tallystick.ground.clock import SystemClock
from tallystick.ground.errors import Misconfigured
from tallystick.ground.secret import Secret
from tallystick.handset import (
    Answer,
    Application,
    Handset,
    HandsetRefused,
    Refusal,
    load_state,
    save_state,
)

BUILD = f"sha256:{'0' * 64}"
"""What this client says of its own build: nobody attests it."""


def new_handset(
    url: str, checkpoint: str, environment: Literal["se", "tee", "software"]
) -> Handset:
    """A handset with keys of its own that nobody has seen."""
    return Handset.create(
        url,
        checkpoint,
        secure_environment=environment,
        application=Application(version=1, build=BUILD, debuggable=False, rooted=False),
        clock=SystemClock(),
    )


def waiting_handset(state: Path, url: str, checkpoint: str, activation: str) -> Handset:
    """The handset of a file whose enrolment was never answered, or was refused when sent again.

    Refuses: Misconfigured for one that is enrolled, or that waits for another enrolment.
    """
    handset = Handset.restore(load_state(state), clock=SystemClock(), base_url=url)
    if handset.identity is not None:
        raise Misconfigured("there is a handset already", where=str(state))
    waiting, code = handset.enrolling, digest(activation.encode())
    if handset.verifier_key != checkpoint or (waiting and waiting.activation != code):
        raise Misconfigured(
            "another enrolment waits for its answer here",
            where=str(state),
            allowed="the code and the provider of then, or another file",
        )
    return handset


def enrol_in_file(
    handset: Handset, state: Path, activation: str, ask_pin: Callable[[], Secret]
) -> Answer:
    """Enrol, with the state in its file from before the enrolment is sent.

    What waits is sent again first, with its own PIN; where the provider never took it, the same
    keys are enrolled anew. A file that held nothing before is gone again after a refusal.
    """
    if handset.enrolling is not None:
        typer.echo("The enrolment from before is sent again, with the PIN of then.")
        try:
            return _sent(handset, state)
        except Refusal:
            if handset.enrolling is not None:
                raise
        typer.echo("It was never taken: the same keys are enrolled anew.")
    new = not state.exists()
    handset.prepare_enrolment(activation, ask_pin())
    save_state(state, handset.state())
    try:
        return _sent(handset, state)
    except Refusal:
        if new and handset.enrolling is None:
            state.unlink()
        raise


def _sent(handset: Handset, state: Path) -> Answer:
    try:
        return handset.send_enrolment()
    except (HandsetRefused, Refusal):
        if handset.enrolling is not None:
            typer.echo(_AGAIN, err=True)
        raise
    finally:
        save_state(state, handset.state())


_AGAIN = (
    "The enrolment may have been taken. Its keys are in the file: the same command again goes on "
    "with them, with one effect."
)
