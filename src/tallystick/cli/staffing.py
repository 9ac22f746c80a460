"""The staff's handsets of an attack: enrolled on first use, kept in a folder, found again."""

from __future__ import annotations

from dataclasses import fields
from pathlib import Path

from tallystick.ground.clock import SystemClock
from tallystick.ground.errors import Misconfigured
from tallystick.handset import Handset, Refusal, load_state, save_state
from tallystick.prove.certificate import TrustAnchor
from tallystick.trials import Staff, enrol_staff

ROLES = tuple(field.name for field in fields(Staff))


def find_staff(url: str, *, home: Path | None, folder: Path | None) -> tuple[Staff, Path]:
    """The staff's handsets, and the folder that they are kept in.

    They are restored from the folder where they stand, by default `staff` in the home; else they
    are enrolled with the activation codes of the home, each of which is good for one device.
    Refuses: Misconfigured, saying what is needed.
    """
    kept = folder or (home / "staff" if home else None)
    if kept is None:
        raise Misconfigured("no staff", where="--staff", allowed=_needed("FOLDER"))
    if all(_file(kept, role).exists() for role in ROLES):
        return _restore(url, kept), kept
    if home is None:
        raise Misconfigured("no such handsets", where=str(kept), allowed=_needed("FOLDER"))
    staff = _enrol(url, home, kept)
    kept.mkdir(mode=0o700, exist_ok=True)
    keep_staff(staff, kept)
    return staff, kept


def keep_staff(staff: Staff, folder: Path) -> None:
    """Save the handsets, private keys included, for the owner's eyes alone."""
    for role in ROLES:
        save_state(_file(folder, role), getattr(staff, role).state())


def close_staff(staff: Staff) -> None:
    """Let go of the handsets' connections."""
    for role in ROLES:
        getattr(staff, role).close()


def _restore(url: str, folder: Path) -> Staff:
    return Staff(
        **{
            role: Handset.restore(
                load_state(_file(folder, role)), clock=SystemClock(), base_url=url
            )
            for role in ROLES
        }
    )


def _enrol(url: str, home: Path, kept: Path) -> Staff:
    activation = home / "activation.txt"
    try:
        codes = dict(line.split() for line in activation.read_text("ascii").splitlines())
    except OSError as error:
        raise Misconfigured(
            f"cannot be read: {error.strerror}", where=str(activation), allowed=_needed(str(kept))
        ) from None
    anchor = TrustAnchor.read(home / "trust.txt")
    try:
        return enrol_staff(url, anchor.checkpoint, codes=codes, clock=SystemClock())
    except Refusal as refusal:
        if refusal.code != "enrolment.refused":
            raise
        raise Misconfigured(
            "the staff of this home are enrolled already, on handsets that are not here",
            where=str(home),
            allowed=_needed(str(kept)),
        ) from None


def _needed(folder: str) -> str:
    files = ", ".join(_file(Path(), role).name for role in ROLES)
    return f"{folder} with {files}, saved by an earlier attack (name it with --staff)"


def _file(folder: Path, role: str) -> Path:
    return folder / f"{role}.handset"
