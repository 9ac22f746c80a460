"""The process that has the token: `python -m tallystick.backends.pkcs11.worker FD FILE`.

It inherits one channel and ends when the other end is closed. It is spawned, never forked from a
process that loaded a vendor's library; it has one thread and one session; it dumps no core and
cannot be traced by its own user. When the token is lost it says so and ends: whoever needs it again
starts another, with a library that knows nothing of the session that was lost.
"""

from __future__ import annotations

import gc
import socket
import sys
from pathlib import Path
from typing import assert_never

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
    OfKeys,
    OfSigners,
    OneAnswer,
    Open,
    Request,
    Seal,
    SignerFrame,
    SignWith,
    StartKeeper,
    StepFrame,
    UnwrapKey,
    WrapKey,
    read_keeper_question,
)
from tallystick.backends.pkcs11.functions import TokenFunctions
from tallystick.backends.pkcs11.keyring import TokenKeyring
from tallystick.backends.pkcs11.master import TokenMaster, create_master
from tallystick.backends.pkcs11.refusals import TokenLost, TokenPinRefused
from tallystick.backends.pkcs11.settings import read_settings
from tallystick.backends.pkcs11.signers import SignerKeys
from tallystick.backends.pkcs11.token import open_token
from tallystick.crypto.key_blocks import KeyAttributes
from tallystick.crypto.keys import Step, TokenKey
from tallystick.crypto.modules import (
    FrameRefused,
    frame_octets,
    harden,
    receive_frame,
    trouble_of,
)
from tallystick.ground.errors import Defect, Misconfigured, Refused


class Worker:
    """What answers: the master key, the keys in the token, and what they do."""

    def __init__(self, path: Path, start: StartKeeper) -> None:
        """Refuses: Misconfigured as `read_settings`, `open_token` and the master key."""
        token = open_token(read_settings(path), after_wrong_pin=start.after_wrong_pin)
        self.facts = token.facts
        self.master = create_master(token) if start.create else TokenMaster(token)
        self.keys = TokenKeyring(token)
        self.signers = SignerKeys(token)
        self.work = TokenFunctions(token, self.keys.find)

    def started(self) -> KeeperStarted:
        return KeeperStarted(
            level=self.master.level,
            fingerprint=self.master.fingerprint,
            statement=self.facts.statement,
            mechanisms=sorted(self.facts.mechanisms),
        )

    def answer(self, question: Request) -> OneAnswer:
        """Do one thing. A refusal is an answer. Raises: TokenLost."""
        try:
            return self._answer(question)
        except TokenLost:
            raise
        except Refused as refusal:
            return Denied(code=refusal.code, reason=str(refusal)[:256])
        except Defect as defect:
            return Denied(code="defect", reason=str(defect)[:256])

    def _answer(self, question: Request) -> OneAnswer:
        match question:
            case Seal(octets=octets, bound=bound):
                return Done(octets=self.master.seal(octets, bound=bound))
            case Open(sealed=sealed, bound=bound):
                return Done(octets=self.master.open(sealed, bound=bound))
            case Mac(octets=octets):
                return Done(octets=self.master.mac(octets))
            case Anchor(at_least=at_least):
                return Counted(count=self.master.anchor(at_least))
            case KeyMac(key=key, octets=octets, steps=steps):
                return Done(octets=self.work.token_mac(key, octets, steps=_steps(steps)))
            case KeyVerify(key=key, octets=octets, mac=mac, steps=steps):
                self.work.token_verify(key, octets, mac, steps=_steps(steps))
                return Done()
            case KeySign(key=key, octets=octets):
                return Done(octets=self.work.token_sign(key, octets))
            case KeyCheck(key=key, steps=steps):
                return Done(octets=self.work.token_check(key, steps=_steps(steps)))
            case CreateSigner() | FindSigner() | SignWith():
                return self._answer_of_signers(question)
            case _:
                return self._answer_of_keys(question)

    def _answer_of_signers(self, question: OfSigners) -> OneAnswer:
        match question:
            case CreateSigner(label=label):
                made = self.signers.create_signer(label)
                return SignerFrame(id=made.id, public=made.public)
            case FindSigner(key=key):
                found = self.signers.find_signer(key)
                return SignerFrame(id=found.id, public=found.public)
            case SignWith(key=key, octets=octets):
                return Done(octets=self.signers.sign_with(key, octets))
            case _:
                assert_never(question)

    def _answer_of_keys(self, question: OfKeys) -> OneAnswer:
        match question:
            case CreateKey(attributes=attributes, label=label):
                return _frame(self.keys.create_key(_inside(attributes), label=label))
            case ListKeys():
                return KeyList(keys=[_frame(key) for key in self.keys.token_keys()])
            case DestroyKey(key=key):
                self.work.forget(key)
                self.keys.destroy_key(key)
                return Done()
            case WrapKey(key=key, wrapped=wrapped):
                return Done(octets=self.keys.wrap_key(key, wrapped))
            case UnwrapKey(key=key, octets=octets, attributes=attributes, label=label):
                given = _inside(attributes)
                return _frame(self.keys.unwrap_key(key, octets, given, label=label))
            case _:
                assert_never(question)


def main() -> int:
    """Harden, open the token, answer until the client is gone."""
    harden()
    with socket.socket(fileno=int(sys.argv[1])) as channel:
        try:
            worker = _start(channel, Path(sys.argv[2]))
            gc.freeze()
            while worker is not None and (body := receive_frame(channel)):
                answer = _reply(worker, body)
                channel.sendall(frame_octets(answer))
        except TokenLost as lost:
            channel.sendall(frame_octets(Denied(code=lost.code, reason=str(lost)[:256])))
            return 1
        except (FrameRefused, OSError):
            return 1
    return 0


def _start(channel: socket.socket, path: Path) -> Worker | None:
    body = receive_frame(channel)
    if not body:
        return None
    question = read_keeper_question(body)
    if not isinstance(question, StartKeeper):
        raise FrameRefused("the token has not been opened")
    try:
        worker = Worker(path, question)
    except (Misconfigured, Defect) as error:
        trouble = trouble_of(error)
        if isinstance(error, TokenPinRefused):
            trouble.kind = "pin"
        channel.sendall(frame_octets(trouble))
        return None
    channel.sendall(frame_octets(worker.started()))
    return worker


def _reply(worker: Worker, body: bytes) -> Answer:
    match read_keeper_question(body):
        case StartKeeper():
            raise FrameRefused("the token was opened already")
        case KeeperTogether(questions=questions):
            return KeeperAnswers(answers=[worker.answer(one) for one in questions])
        case question:
            return worker.answer(question)


def _steps(steps: list[StepFrame]) -> list[Step]:
    return [Step(algorithm=step.algorithm, data=step.data) for step in steps]


def _inside(attributes: Attributes) -> KeyAttributes:
    return KeyAttributes(
        usage=attributes.usage,
        algorithm=attributes.algorithm,
        mode=attributes.mode,
        exportability=attributes.exportability,
        version=attributes.version,
    )


def _frame(key: TokenKey) -> KeyFrame:
    known = key.attributes
    return KeyFrame(
        id=key.id,
        label=key.label,
        public=key.public,
        attributes=Attributes(
            usage=known.usage,
            algorithm=known.algorithm,
            mode=known.mode,
            exportability=known.exportability,
            version=known.version,
        ),
    )


if __name__ == "__main__":
    raise SystemExit(main())
