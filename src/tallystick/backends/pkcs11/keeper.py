"""TokenKeeper: the master key and the keys in a token, asked over a socket; no library in here.

A vendor's library that crashes takes its own process with it. The next question starts another one,
at most once a second. A wrong PIN stops all of this: after it nothing is started until the owner
opens a new keeper, because a token locks itself after a few tries.
"""

from __future__ import annotations

import importlib.util
import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NoReturn, Self

from tallystick.backends.pkcs11.frames import (
    Anchor,
    Answer,
    Attributes,
    Counted,
    CreateKey,
    CreateSigner,
    Denied,
    DestroyKey,
    Done,
    FindSigner,
    KeeperAnswers,
    KeeperStarted,
    KeeperTogether,
    KeyCheck,
    KeyFrame,
    KeyList,
    KeyMac,
    KeySign,
    KeyVerify,
    ListKeys,
    Mac,
    Open,
    Request,
    Seal,
    SignerFrame,
    SignWith,
    StartKeeper,
    StepFrame,
    UnwrapKey,
    WrapKey,
)
from tallystick.backends.pkcs11.refusals import (
    TokenKeyRefused,
    TokenLost,
    TokenMacRefused,
    TokenPinRefused,
)
from tallystick.backends.pkcs11.spawning import WorkerProcess
from tallystick.crypto.key_blocks import KeyAttributes
from tallystick.crypto.keys import (
    AssuranceLevel,
    KeyRecordRefused,
    Step,
    TokenKey,
    TokenSigner,
)
from tallystick.crypto.modules import ModuleUnavailable, Trouble
from tallystick.ground.errors import Defect, Misconfigured, Refused

AGAIN_S = 1.0
_TROUBLES: dict[str, type[Misconfigured]] = {"misconfigured": Misconfigured, "pin": TokenPinRefused}
_REFUSALS: dict[str, type[Refused]] = {
    refusal.code: refusal for refusal in (KeyRecordRefused, TokenKeyRefused, TokenMacRefused)
}


class TokenKeeper:
    """Implements MasterKey, TokenKeys, TokenWork and TokenSigners over the token of a file.

    One question at a time, from any thread. Every call raises ModuleUnavailable while the token
    does not answer. Close it, or use it in a `with`.

    Takes:   create, to draw the master key first; after_wrong_pin, when somebody has looked into a
             wrong PIN that the token remembers.
    Refuses: Misconfigured as `read_settings`, `open_token`, and for a master key that is not there.
    """

    def __init__(
        self,
        path: Path,
        *,
        create: bool = False,
        after_wrong_pin: bool = False,
        now_s: Callable[[], float] = time.monotonic,
    ) -> None:
        if importlib.util.find_spec("pkcs11") is None:
            problem = "the binding to PKCS#11 is not installed"
            raise Misconfigured(problem, where=str(path), allowed="pip install 'tallystick[hsm]'")
        self._path, self._now_s = path, now_s
        self._lock = threading.Lock()
        self._stopped = ""
        self._process, started = self._spawn(create=create, after_wrong_pin=after_wrong_pin)
        self._spawned_s = now_s()
        self.level = AssuranceLevel(started.level)
        self.fingerprint = started.fingerprint
        self.statement = started.statement
        self.mechanisms = frozenset(started.mechanisms)

    # ---- MasterKey ---------------------------------------------------------------------------

    def seal(self, octets: bytes, *, bound: bytes) -> bytes:
        return self._octets(Seal(octets=octets, bound=bound))

    def open(self, sealed: bytes, *, bound: bytes) -> bytes:
        return self._octets(Open(sealed=sealed, bound=bound))

    def mac(self, octets: bytes) -> bytes:
        return self._octets(Mac(octets=octets))

    def anchor(self, at_least: int | None = None) -> int:
        answer = self._one(Anchor(at_least=at_least))
        if not isinstance(answer, Counted):
            _refuse(answer)
        return answer.count

    def close(self) -> None:
        with self._lock:
            self._stopped = self._stopped or "closed"
            self._process.end()

    # ---- TokenKeys ---------------------------------------------------------------------------

    def create_key(self, attributes: KeyAttributes, *, label: str) -> TokenKey:
        return _key(self._one(CreateKey(attributes=_frame(attributes), label=label)))

    def token_keys(self) -> Sequence[TokenKey]:
        answer = self._one(ListKeys())
        if not isinstance(answer, KeyList):
            _refuse(answer)
        return [_key(key) for key in answer.keys]

    def destroy_key(self, key: str) -> None:
        self._octets(DestroyKey(key=key))

    def wrap_key(self, key: str, wrapped: str) -> bytes:
        return self._octets(WrapKey(key=key, wrapped=wrapped))

    def unwrap_key(
        self, key: str, octets: bytes, attributes: KeyAttributes, *, label: str
    ) -> TokenKey:
        given = _frame(attributes)
        return _key(self._one(UnwrapKey(key=key, octets=octets, attributes=given, label=label)))

    # ---- TokenWork ---------------------------------------------------------------------------

    def token_mac(self, key: str, octets: bytes, *, steps: Sequence[Step] = ()) -> bytes:
        return self._octets(mac_question(key, octets, steps))

    def token_verify(
        self, key: str, octets: bytes, mac: bytes, *, steps: Sequence[Step] = ()
    ) -> None:
        self._octets(KeyVerify(key=key, octets=octets, mac=mac, steps=_steps(steps)))

    def token_sign(self, key: str, octets: bytes) -> bytes:
        return self._octets(KeySign(key=key, octets=octets))

    def token_check(self, key: str, *, steps: Sequence[Step] = ()) -> bytes:
        return self._octets(KeyCheck(key=key, steps=_steps(steps)))

    # ---- TokenSigners ------------------------------------------------------------------------

    def create_signer(self, label: str) -> TokenSigner:
        return _signer(self._one(CreateSigner(label=label)))

    def find_signer(self, key: str) -> TokenSigner:
        return _signer(self._one(FindSigner(key=key)))

    def sign_with(self, key: str, octets: bytes) -> bytes:
        return self._octets(SignWith(key=key, octets=octets))

    def together(self, questions: Sequence[Request]) -> list[bytes | Refused]:
        """Up to 64 questions in one frame; a refusal stands in its own place.

        Takes: questions that are answered with octets, such as `mac_question` makes.
        """
        match self._ask(KeeperTogether(questions=list(questions))):
            case KeeperAnswers(answers=answers) if len(answers) == len(questions):
                return [_value(answer) for answer in answers]
            case _:
                raise Defect("the token's process gave the answer to another question")

    # ---- one question, one answer ------------------------------------------------------------

    def _octets(self, question: Request) -> bytes:
        value = _value(self._one(question))
        if isinstance(value, bytes):
            return value
        raise value

    def _one(self, question: Request) -> Answer:
        return self._ask(question)

    def _ask(self, question: Request | KeeperTogether) -> Answer:
        with self._lock:
            self._demand_process()
            answer = self._process.ask(question)
            if isinstance(answer, Denied) and answer.code == TokenLost.code:
                self._process.end()
                raise ModuleUnavailable("the token does not answer")
            return answer

    def _demand_process(self) -> None:
        if self._stopped:
            raise ModuleUnavailable(f"the token is not used any more: {self._stopped}")
        if self._process.usable:
            return
        if self._now_s() - self._spawned_s < AGAIN_S:
            raise ModuleUnavailable("the token does not answer")
        self._spawned_s = self._now_s()
        self._process.end()
        try:
            self._process, started = self._spawn(create=False, after_wrong_pin=False)
        except Misconfigured as error:
            if isinstance(error, TokenPinRefused):
                self._stopped = error.problem
            raise ModuleUnavailable(f"the token does not answer: {error.problem}") from None
        if started.fingerprint != self.fingerprint or started.level != self.level:
            self._stopped = "another master key answers"
            self._process.end()
            raise ModuleUnavailable("another master key answers")

    def _spawn(self, *, create: bool, after_wrong_pin: bool) -> tuple[WorkerProcess, KeeperStarted]:
        process = WorkerProcess(self._path)
        try:
            answer = process.ask(StartKeeper(create=create, after_wrong_pin=after_wrong_pin))
        except ModuleUnavailable:
            process.end()
            raise Misconfigured(
                "the token's library ends the process that loads it, or does not answer",
                where=str(self._path),
            ) from None
        if isinstance(answer, KeeperStarted):
            process.wait_less()
            return process, answer
        process.end()
        if isinstance(answer, Denied):
            raise Misconfigured("the token does not answer", where=str(self._path))
        if isinstance(answer, Trouble) and answer.kind in _TROUBLES:
            kind = _TROUBLES[answer.kind]
            raise kind(answer.problem, where=answer.where, allowed=answer.allowed)
        raise Defect(answer.problem if isinstance(answer, Trouble) else "no start of the token")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"TokenKeeper({self.fingerprint})"

    def __reduce__(self) -> NoReturn:
        raise Defect("a crypto module is not serialised")


def mac_question(key: str, octets: bytes, steps: Sequence[Step]) -> KeyMac:
    """`token_mac` as a question for `together`."""
    return KeyMac(key=key, octets=octets, steps=_steps(steps))


def _value(answer: Answer) -> bytes | Refused:
    match answer:
        case Done(octets=octets):
            return octets
        case Denied(code=code, reason=reason) if code in _REFUSALS:
            return _REFUSALS[code](reason)
        case Denied(reason=reason):
            raise Defect(reason)
        case _:
            raise Defect("the token's process gave the answer to another question")


def _refuse(answer: Answer) -> NoReturn:
    value = _value(answer)
    if isinstance(value, Refused):
        raise value
    raise Defect("the token's process gave the answer to another question")


def _signer(answer: Answer) -> TokenSigner:
    if not isinstance(answer, SignerFrame):
        _refuse(answer)
    return TokenSigner(id=answer.id, public=answer.public)


def _key(answer: Answer) -> TokenKey:
    if not isinstance(answer, KeyFrame):
        _refuse(answer)
    known = answer.attributes
    return TokenKey(
        id=answer.id,
        label=answer.label,
        public=answer.public,
        attributes=KeyAttributes(
            usage=known.usage,
            algorithm=known.algorithm,
            mode=known.mode,
            exportability=known.exportability,
            version=known.version,
        ),
    )


def _frame(attributes: KeyAttributes) -> Attributes:
    return Attributes(
        usage=attributes.usage,
        algorithm=attributes.algorithm,
        mode=attributes.mode,
        exportability=attributes.exportability,
        version=attributes.version,
    )


def _steps(steps: Sequence[Step]) -> list[StepFrame]:
    return [StepFrame(algorithm=step.algorithm, data=step.data) for step in steps]
