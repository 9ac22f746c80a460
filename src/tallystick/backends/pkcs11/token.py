"""A token, opened: the library, one session, one log-in, and what the token can do.

One process, one thread, one session: vendors' libraries crash with more, and a log-in belongs to
the whole process. The log-in is tried once and never repeated by itself, because a token locks
itself after a few wrong PINs, and a service that is started again and again would lock it within a
minute.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pkcs11
from pkcs11 import Attribute, ObjectClass, PKCS11Error, SlotFlag, TokenFlag

from tallystick.backends.pkcs11.refusals import TokenLost, TokenPinRefused
from tallystick.backends.pkcs11.settings import TokenSettings
from tallystick.crypto.keys import AssuranceLevel, read_credential, read_private, without_newline
from tallystick.ground.errors import Misconfigured
from tallystick.ground.secret import Secret

PIN_MIN, PIN_MAX = 4, 255
_LOCKED = TokenFlag.USER_PIN_LOCKED | TokenFlag.USER_PIN_TO_BE_CHANGED
_WRONG_BEFORE = TokenFlag.USER_PIN_COUNT_LOW | TokenFlag.USER_PIN_FINAL_TRY
_NEEDED = TokenFlag.TOKEN_INITIALIZED | TokenFlag.USER_PIN_INITIALIZED
_SOFTWARE = ("softhsm",)


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenFacts:
    """What a token says of itself, and what we make of it. `mechanisms` are numbers of PKCS#11."""

    label: str
    serial: str
    model: str
    manufacturer: str
    library: str
    hardware: bool
    """Whether the slot says that it is hardware, or the operator says it of the token."""
    level: AssuranceLevel
    """What a master key in it reaches: S2 in hardware, S1 in a token that is software."""
    statement: str
    mechanisms: frozenset[int]


class OpenToken:
    """One logged-in session. Every error of the library leaves as TokenLost."""

    def __init__(self, settings: TokenSettings, *, after_wrong_pin: bool = False) -> None:
        """Refuses: Misconfigured as `open_token`."""
        self.settings = settings
        token = _find_token(settings)
        self.facts = _facts(settings, token)
        self.session: Any = _log_in(token, settings, after_wrong_pin=after_wrong_pin)

    def can(self, mechanism: int) -> bool:
        return int(mechanism) in self.facts.mechanisms

    def random(self, octets: int) -> bytes:
        """Random octets of the token's own generator."""
        with losing():
            drawn: bytes = self.session.generate_random(octets * 8)
            return drawn

    def find(self, kind: ObjectClass, label: str) -> list[Any]:
        """The token's lasting objects of a kind with a label."""
        wanted = {Attribute.CLASS: kind, Attribute.LABEL: label, Attribute.TOKEN: True}
        with losing():
            return list(self.session.get_objects(wanted))

    def close(self) -> None:
        with contextlib.suppress(PKCS11Error):
            self.session.close()


def open_token(settings: TokenSettings, *, after_wrong_pin: bool = False) -> OpenToken:
    """Load the library, find the token and log in, once.

    Refuses: Misconfigured for a library that does not load, a token that is not there, is not
             initialised or is locked, a wrong PIN, and, unless `after_wrong_pin`, a token that saw
             a wrong PIN since its last log-in: whoever looked into that logs in once by hand.
    """
    return OpenToken(settings, after_wrong_pin=after_wrong_pin)


@contextlib.contextmanager
def losing() -> Iterator[None]:
    """Any error of the token inside is TokenLost; what it was stays inside."""
    try:
        yield
    except PKCS11Error as error:
        raise TokenLost(f"the token does not answer ({type(error).__name__})") from None


def read_pin(settings: TokenSettings) -> Secret:
    """The PIN of the token's user from its one source. Refuses: Misconfigured."""
    if settings.pin_credential is not None:
        where, pin = settings.pin_credential, read_credential(settings.pin_credential)
    else:
        where = settings.pin_file or Path()
        pin = without_newline(read_private(where, octets_max=PIN_MAX + 2))
    text = pin.reveal().decode("utf-8", "replace")
    if not PIN_MIN <= len(text) <= PIN_MAX or not text.isprintable() or "\ufffd" in text:
        raise Misconfigured(
            "not a PIN of a token", where=str(where), allowed=f"{PIN_MIN} to {PIN_MAX} characters"
        )
    return pin


def _find_token(settings: TokenSettings) -> Any:
    os.environ.update(settings.environment)
    where = str(settings.module)
    try:
        library = pkcs11.lib(where)
        tokens = [
            token
            for token in library.get_tokens(token_label=settings.token)
            if settings.serial in (None, _text(token.serial))
        ]
    except (PKCS11Error, OSError):
        raise Misconfigured("the token's library does not work", where=where) from None
    if len(tokens) != 1:
        problem = "no such token" if not tokens else "several tokens of that label"
        raise Misconfigured(problem, where=f"{where}: {settings.token}", allowed="label and serial")
    return tokens[0]


def _log_in(token: Any, settings: TokenSettings, *, after_wrong_pin: bool) -> Any:
    where = f"token {settings.token}"
    flags = TokenFlag(token.flags)
    if flags & _NEEDED != _NEEDED:
        raise Misconfigured("the token is not initialised, or has no user PIN", where=where)
    if flags & _LOCKED:
        raise TokenPinRefused("the token's PIN is locked or has to be changed", where=where)
    if flags & _WRONG_BEFORE and not after_wrong_pin:
        raise TokenPinRefused(
            "a wrong PIN was tried since the last log-in; nothing is tried again by itself",
            where=where,
            allowed="look into it, then: tallystick hsm probe FILE --after-wrong-pin",
        )
    pin = read_pin(settings)
    try:
        return token.open(rw=True, user_pin=pin.reveal().decode("utf-8"))
    except (pkcs11.PinIncorrect, pkcs11.PinLocked, pkcs11.PinInvalid, pkcs11.PinLenRange):
        raise TokenPinRefused(
            "the token refuses its PIN; it is not tried again", where=where, allowed="the right PIN"
        ) from None
    except PKCS11Error as error:
        raise Misconfigured(f"no session ({type(error).__name__})", where=where) from None


def _facts(settings: TokenSettings, token: Any) -> TokenFacts:
    slot = token.slot
    with losing():
        mechanisms = frozenset(int(mechanism) for mechanism in slot.get_mechanisms())
    maker, model = str(token.manufacturer_id), str(token.model)
    software = any(name in (maker + model).lower() for name in _SOFTWARE)
    if software and settings.hardware:
        raise Misconfigured(
            f"{model} is software, whatever is said of it",
            where=f"token {settings.token}",
            allowed="rehearsal = true, which every statement then repeats",
        )
    hardware = not software and bool(SlotFlag(slot.flags) & SlotFlag.HW_SLOT or settings.hardware)
    counted = hardware or settings.rehearsal
    return TokenFacts(
        label=str(token.label),
        serial=_text(token.serial),
        model=model,
        manufacturer=maker,
        library=str(settings.module),
        hardware=hardware,
        level=AssuranceLevel.S2 if counted else AssuranceLevel.S1,
        statement=_statement(settings, f"{maker} {model}", hardware=hardware),
        mechanisms=mechanisms,
    )


def _statement(settings: TokenSettings, product: str, *, hardware: bool) -> str:
    if settings.rehearsal and not hardware:
        return f"rehearsal: {product} is software and is only taken for hardware"
    if not hardware:
        return f"{product} is a token in software: no better than a process of its own"
    said = f"; its operator says: {settings.hardware}" if settings.hardware else ""
    return f"{product}, a hardware slot{said}"


def _text(serial: Sequence[int] | bytes | str) -> str:
    octets = serial if isinstance(serial, str) else bytes(serial).decode("ascii", "replace")
    return octets.strip()
