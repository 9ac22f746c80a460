"""Ceremonies: a script that says who does what, and a transcript of signed steps that follow it.

Each step names the one before by its digest and is signed by the person who took it, so a step that
is left out, moved or altered shows. Whoever has the people's public keys verifies a transcript
without the module; what a transcript cannot show is what people did outside of it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated, Any

import msgspec

from tallystick.crypto.key_blocks import (
    Exportability,
    KeyAlgorithm,
    KeyAttributes,
    KeyMode,
    KeyUsage,
)
from tallystick.crypto.keys.custodians import CUSTODIAN, OFFICER, Custodian
from tallystick.crypto.mechanisms import KeyRefused, SignatureRefused, ed25519_verify
from tallystick.ground.canonical import canonical_json, digest
from tallystick.ground.errors import Refused

PARTS_MAX = 16
_PREFIX = b"tallystick-ceremony 1\n"
_Name = Annotated[str, msgspec.Meta(pattern="^[a-z][a-z0-9._-]{0,31}$")]
_CheckValue = Annotated[str, msgspec.Meta(pattern="^([0-9A-F]{4,64})?$")]
_Text = Annotated[str, msgspec.Meta(max_length=200)]


class CeremonyRefused(Refused):
    """A script, a step or a transcript that does not hold; the text says which and why."""

    code, clause = "ceremony.refused", "8"


class Script(msgspec.Struct, forbid_unknown_fields=True, frozen=True, kw_only=True):
    """What a ceremony makes and who takes part, decided before anybody enters the room.

    method: components (each custodian holds one of full length; XOR) or shares (Shamir; `needed`
            of those that exist). `custodians` give one part each, in any order. `check_value` is
            that of the whole key when it is known beforehand, else empty.
    """

    title: _Text
    usage: KeyUsage
    algorithm: KeyAlgorithm
    mode: KeyMode
    officer: _Name
    custodians: Annotated[list[_Name], msgspec.Meta(min_length=2, max_length=PARTS_MAX)]
    exportability: Exportability = Exportability.NOT_EXPORTABLE
    domain: Annotated[str, msgspec.Meta(pattern="^(test|production)$")] = "production"
    label: _Text = ""
    method: Annotated[str, msgspec.Meta(pattern="^(components|shares)$")] = "components"
    check_value: _CheckValue = ""

    def attributes(self) -> KeyAttributes:
        """Refuses: CeremonyRefused for what does not go together."""
        try:
            return KeyAttributes(
                usage=self.usage,
                algorithm=self.algorithm,
                mode=self.mode,
                exportability=self.exportability,
            )
        except KeyRefused as error:
            raise CeremonyRefused(str(error)) from None


class CeremonyStep(msgspec.Struct, forbid_unknown_fields=True, frozen=True, kw_only=True):
    """One step: who did what, when, on top of which step; and their signature (64 octets, hex).

    did: opened, gave or closed. `check_value` is that of the part given, or of the key at the end.
    """

    number: Annotated[int, msgspec.Meta(ge=0, le=64)]
    at_ms: Annotated[int, msgspec.Meta(ge=0, le=2**52)]
    who: _Name
    did: Annotated[str, msgspec.Meta(pattern="^(opened|gave|closed)$")]
    check_value: _CheckValue
    previous: Annotated[str, msgspec.Meta(max_length=80)]
    signature: Annotated[str, msgspec.Meta(pattern="^([0-9a-f]{128})?$")] = ""

    def octets(self) -> bytes:
        """What is signed."""
        plain = msgspec.structs.asdict(self)
        del plain["signature"]
        return _PREFIX + canonical_json(plain)

    def digest(self) -> str:
        """What the next step names; the signature is part of it."""
        return digest(self.octets() + bytes.fromhex(self.signature))


class Transcript(msgspec.Struct, forbid_unknown_fields=True, frozen=True, kw_only=True):
    """A script, the module that it was carried out with, and its steps in order."""

    format: Annotated[str, msgspec.Meta(pattern="^tallystick-ceremony 1$")]
    module: _Text
    ceremony: _Text
    script: Script
    steps: Annotated[list[CeremonyStep], msgspec.Meta(max_length=PARTS_MAX + 2)]


def script_digest(script: Script, *, module: str) -> str:
    """What the first step stands on: the script and the module, so that neither can be swapped."""
    plain: dict[str, Any] = msgspec.to_builtins(script)
    return digest(_PREFIX + canonical_json({"module": module, "script": plain}))


def demand_script(script: Script, people: Mapping[str, Custodian]) -> None:
    """Refuses: CeremonyRefused for people who are unknown, of another role, or named twice."""
    script.attributes()
    if not script.algorithm.is_symmetric:
        raise CeremonyRefused("a ceremony puts symmetric keys together")
    if len(set(script.custodians)) != len(script.custodians):
        raise CeremonyRefused("each custodian gives one part")
    for name, role in [(script.officer, OFFICER)] + [(one, CUSTODIAN) for one in script.custodians]:
        if name not in people or people[name].role != role:
            raise CeremonyRefused(f"{name} is no {role} of this module")


def demand_step(step: CeremonyStep, *, previous: str, number: int, person: Custodian) -> None:
    """Refuses: CeremonyRefused for a step that does not follow, or that somebody else signed."""
    if step.previous != previous or step.number != number:
        raise CeremonyRefused(f"step {step.number} does not follow the one before")
    try:
        ed25519_verify(person.public, step.octets(), bytes.fromhex(step.signature))
    except (SignatureRefused, KeyRefused):
        raise CeremonyRefused(f"step {step.number} is not signed by {step.who}") from None


def verify_transcript(transcript: Transcript, people: Sequence[Custodian]) -> str:
    """Return the check value of the key that a finished ceremony made.

    Refuses: CeremonyRefused for whatever is missing, altered, out of order or signed by another.
    """
    script, known = transcript.script, {one.name: one for one in people}
    demand_script(script, known)
    wanted = [("opened", script.officer)]
    given = [step.who for step in transcript.steps if step.did == "gave"]
    if sorted(given) != sorted(script.custodians):
        raise CeremonyRefused("not every custodian of the script gave a part, once")
    wanted += [("gave", name) for name in given] + [("closed", script.officer)]
    if [(step.did, step.who) for step in transcript.steps] != wanted:
        raise CeremonyRefused("the steps are not those of the script")
    previous, at_ms = script_digest(script, module=transcript.module), 0
    for number, step in enumerate(transcript.steps):
        demand_step(step, previous=previous, number=number, person=known[step.who])
        if step.at_ms < at_ms:
            raise CeremonyRefused(f"step {number} is before the one before")
        previous, at_ms = step.digest(), step.at_ms
    last = transcript.steps[-1].check_value
    if script.check_value and script.check_value != last:
        raise CeremonyRefused("the key has another check value than the script")
    return last
