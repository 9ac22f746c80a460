"""What a ceremony's commands do: parts drawn and entered, steps signed, transcripts kept."""

from __future__ import annotations

import os
import time
import tomllib
from pathlib import Path
from typing import Any

import msgspec
import typer

from tallystick.cli.files import read_at_most, write_new
from tallystick.cli.keys.opening import ask_hidden, ask_one, signing_key
from tallystick.cli.keys.requests import member_lines
from tallystick.crypto.key_blocks import KeyAlgorithm
from tallystick.crypto.keys import (
    CeremonyStep,
    Script,
    Transcript,
    script_digest,
    write_new_private,
)
from tallystick.crypto.payment import (
    CeremonyView,
    GivePart,
    OpenCeremony,
    PaymentModule,
    ReadCeremony,
    symmetric_check_value,
)
from tallystick.ground.clock import iso_instant
from tallystick.ground.errors import Defect, Misconfigured

_FILE_MAX = 64 * 1024
_FORMAT = "tallystick-ceremony 1"


def draw_part(algorithm: str, to: Path) -> str:
    """Draw a component into a new file of mode 0600; gives its check value."""
    wanted = _algorithm(algorithm)
    octets = os.urandom(wanted.octets)
    write_new_private(to, octets.hex().upper().encode("ascii") + b"\n")
    return symmetric_check_value(wanted, octets)[0]


def open_transcript(
    module: PaymentModule, script_file: Path, to: Path, *, name: str, key_file: Path
) -> Transcript:
    """Sign a script as its officer, have the module open the ceremony, begin the transcript."""
    script = read_script(script_file)
    master = module.state().master
    step = _signed(
        key_file,
        number=0,
        who=name,
        did="opened",
        check_value="",
        previous=script_digest(script, module=master),
    )
    if to.exists():
        raise Misconfigured("is there already; nothing was opened", where=str(to))
    view = _view(ask_one(module, OpenCeremony(script=script, step=step)))
    transcript = Transcript(
        format=_FORMAT, module=master, ceremony=view.ceremony, script=script, steps=view.steps
    )
    write_new(to, _text(transcript))
    return transcript


def give_transcript_part(
    module: PaymentModule, path: Path, *, name: str, key_file: Path, component: Path | None
) -> CeremonyView:
    """Give a custodian's part; the transcript grows by the step."""
    transcript = read_transcript(path)
    steps = _steps(module, transcript)
    algorithm = transcript.script.algorithm
    number, threshold, octets = _part(transcript.script, component)
    step = _signed(
        key_file,
        number=len(steps),
        who=name,
        did="gave",
        check_value=symmetric_check_value(algorithm, octets)[0],
        previous=steps[-1].digest(),
    )
    call = GivePart(
        ceremony=transcript.ceremony, step=step, octets=octets, number=number, threshold=threshold
    )
    view = _view(ask_one(module, call))
    _rewrite(path, transcript, view.steps)
    return view


def close_transcript(module: PaymentModule, path: Path, *, name: str, key_file: Path) -> str:
    """Sign the check value of the finished key as the officer; gives it."""
    transcript = read_transcript(path)
    view = _view(ask_one(module, ReadCeremony(ceremony=transcript.ceremony)))
    if not view.key:
        given = {step.who for step in view.steps[1:]}
        missing = [name for name in transcript.script.custodians if name not in given]
        raise Misconfigured(f"still missing: {', '.join(missing)}", where=str(path))
    step = _signed(
        key_file,
        number=len(view.steps),
        who=name,
        did="closed",
        check_value=view.check_value,
        previous=view.steps[-1].digest(),
    )
    _rewrite(path, transcript, [*view.steps, step])
    return view.check_value


def read_transcript(path: Path) -> Transcript:
    """Refuses: Misconfigured for what is no transcript."""
    try:
        return msgspec.json.decode(read_at_most(path, _FILE_MAX), type=Transcript)
    except (msgspec.MsgspecError, ValueError) as error:
        raise Misconfigured(f"not a transcript: {error}", where=str(path)) from None


def read_script(path: Path) -> Script:
    """A script (TOML). Refuses: Misconfigured, with the entry."""
    try:
        plain = tomllib.loads(read_at_most(path, _FILE_MAX).decode("utf-8"))
        return msgspec.convert(plain, Script)
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, msgspec.ValidationError) as error:
        raise Misconfigured(f"not a script: {error}", where=str(path)) from None


def show_script(transcript: Transcript) -> str:
    """What was signed, as it is read out."""
    plain = msgspec.to_builtins(transcript.script)
    members = (member_lines(name, value) for name, value in plain.items())
    return "\n".join(line for lines in members for line in lines)


def show_steps(transcript: Transcript) -> str:
    """One line for each step."""
    return "\n".join(
        f"{step.number:>3} {iso_instant(step.at_ms)} {step.who:<16} {step.did:<8} "
        f"{step.check_value}"
        for step in transcript.steps
    )


def _part(script: Script, component: Path | None) -> tuple[int, int, bytes]:
    """A custodian's part, from the file that they drew or as they type it."""
    number = threshold = 0
    if script.method == "shares":
        number = typer.prompt("Number of your share", type=int)
        threshold = len(script.custodians)
    if component is not None:
        text = read_at_most(component, 256).decode("ascii", "replace")
    else:
        text = ask_hidden("Your part, in hex", instead="--component FILE")
    try:
        return number, threshold, bytes.fromhex(text)
    except ValueError:
        raise Misconfigured("not hex digits", where=str(component or "your part")) from None


def _steps(module: PaymentModule, transcript: Transcript) -> list[CeremonyStep]:
    """The steps that the module knows; the file may be behind, never beside them."""
    steps = _view(ask_one(module, ReadCeremony(ceremony=transcript.ceremony))).steps
    if steps[: len(transcript.steps)] != transcript.steps:
        raise Misconfigured("the transcript is not the one of this ceremony")
    return steps


def _signed(key_file: Path, **members: Any) -> CeremonyStep:
    step = CeremonyStep(at_ms=time.time_ns() // 1_000_000, **members)
    signature = signing_key(key_file).sign(step.octets()).hex()
    return msgspec.structs.replace(step, signature=signature)


def _rewrite(path: Path, transcript: Transcript, steps: list[CeremonyStep]) -> None:
    beside = path.with_name(f".{path.name}.new")
    beside.write_text(_text(msgspec.structs.replace(transcript, steps=steps)), encoding="utf-8")
    beside.replace(path)


def _text(transcript: Transcript) -> str:
    return msgspec.json.format(msgspec.json.encode(transcript), indent=2).decode("utf-8") + "\n"


def _view(answer: object) -> CeremonyView:
    if not isinstance(answer, CeremonyView):
        raise Defect("the module gave the answer to another question")
    return answer


def _algorithm(name: str) -> KeyAlgorithm:
    found = next((one for one in KeyAlgorithm if one == name and one.is_symmetric), None)
    if found is None:
        allowed = ", ".join(one for one in KeyAlgorithm if one.is_symmetric)
        raise Misconfigured(f"{name!r} is no symmetric algorithm", allowed=allowed)
    return found
