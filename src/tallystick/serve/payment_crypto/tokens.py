"""The door to the vault of tokens, beside the wire: what its callers ask, and what they are told.

    POST /tokens/tokenise     {"domain", "pan"}                -> {"token"}
    POST /tokens/detokenise   {"domain", "token", "purpose"}   -> {"pan"}
    POST /tokens/mask         {"domain", "token", "purpose"}   -> {"shown"}
    POST /tokens/state        {"domain", "token", "state"}     -> {"state"}

Requests are signed as all others here. A caller is the party that its access key is named after.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Annotated, Any, TypeVar

import msgspec

from tallystick.assembly import VaultHome, VaultJournal
from tallystick.crypto.keys import AccessKey, AccessRole
from tallystick.crypto.modules import ModuleUnavailable
from tallystick.ground.errors import Misconfigured
from tallystick.protect.enforcement import ServiceClosed
from tallystick.protect.tokens import (
    Asker,
    DetokenisationRefused,
    Pan,
    PanRefused,
    RangeExhausted,
    TokenisationRefused,
    TokenRefused,
    TokenState,
)
from tallystick.serve.payment_crypto.asking import unavailable
from tallystick.serve.payment_crypto.errors import WireRefused, denied, unfit

Door = Callable[[AccessKey, bytes], Awaitable[dict[str, Any]]]
Carry = Callable[[VaultJournal], Awaitable[object]]
"""Puts what the vault did into the evidence; durable when it returns."""

_FLAW_MAX = 200
Text = Annotated[str, msgspec.Meta(min_length=1, max_length=64, pattern=r"\A[ -~]+\Z")]
B = TypeVar("B", "_Tokenise", "_Open", "_Change")


class _Tokenise(msgspec.Struct, forbid_unknown_fields=True):
    domain: Text
    pan: Annotated[str, msgspec.Meta(max_length=64)]

    def __repr__(self) -> str:
        return "_Tokenise(hidden)"


class _Open(msgspec.Struct, forbid_unknown_fields=True):
    domain: Text
    token: Text
    purpose: Text


class _Change(msgspec.Struct, forbid_unknown_fields=True):
    domain: Text
    token: Text
    state: TokenState


class TokenDoor:
    """Asks the vault in a thread of its own, one at a time; the loop goes on serving.

    Nothing is answered before the vault's journal is in the evidence up to here, refusals neither.
    """

    def __init__(self, home: VaultHome, carry: Carry) -> None:
        self._vault, self._journal, self._carry = home.vault, home.journal, carry
        self._carrying = asyncio.Lock()
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="token-vault")

    def doors(self) -> Mapping[bytes, Door]:
        """What answers at which address."""
        return {
            b"/tokens/tokenise": self._door(_Tokenise, self._tokenise),
            b"/tokens/detokenise": self._door(_Open, self._detokenise),
            b"/tokens/mask": self._door(_Open, self._mask),
            b"/tokens/state": self._door(_Change, self._change),
        }

    async def carry(self) -> None:
        """Everything that the vault did goes into the evidence. Refuses: as what carries."""
        async with self._carrying:
            await self._carry(self._journal)

    def close(self) -> None:
        """Let what runs come to its end, and take nothing more."""
        self._thread.shutdown(wait=True, cancel_futures=True)

    def _door(self, kind: type[B], ask: Callable[[str, B], dict[str, str]]) -> Door:
        async def door(caller: AccessKey, octets: bytes) -> dict[str, Any]:
            if AccessRole.TOKENS not in caller.roles:
                raise denied(f"{caller.id} is not authorized to ask the vault of tokens")
            body = _read(octets, kind)
            loop = asyncio.get_running_loop()
            try:
                return await loop.run_in_executor(self._thread, ask, caller.name, body)
            finally:
                await self.carry()

        return door

    def _tokenise(self, party: str, body: _Tokenise) -> dict[str, str]:
        return _told(lambda: {"token": self._vault.tokenise(Pan(body.pan), body.domain, by=party)})

    def _detokenise(self, party: str, body: _Open) -> dict[str, str]:
        asker = Asker(party=party, purpose=body.purpose)
        return _told(
            lambda: {"pan": self._vault.detokenise(body.token, body.domain, asker=asker).digits}
        )

    def _mask(self, party: str, body: _Open) -> dict[str, str]:
        asker = Asker(party=party, purpose=body.purpose)
        return _told(lambda: {"shown": self._vault.show(body.token, body.domain, asker=asker)})

    def _change(self, party: str, body: _Change) -> dict[str, str]:
        def change() -> dict[str, str]:
            self._vault.change_state(body.token, body.domain, body.state, by=party)
            return {"state": str(body.state)}

        return _told(change)


def _told(ask: Callable[[], dict[str, str]]) -> dict[str, str]:
    """The vault's answer, or its refusal in the words of the wire."""
    try:
        return ask()
    except PanRefused as refused:
        raise unfit(str(refused), path="pan") from None
    except TokenRefused as refused:
        raise WireRefused("ResourceNotFoundException", str(refused)) from None
    except (DetokenisationRefused, TokenisationRefused) as refused:
        raise denied(str(refused)) from None
    except RangeExhausted as refused:
        raise WireRefused("ServiceQuotaExceededException", str(refused)) from None
    except (ServiceClosed, ModuleUnavailable, Misconfigured):
        raise unavailable() from None


def _read(octets: bytes, kind: type[B]) -> B:
    """Refuses: WireRefused, which says where."""
    try:
        return msgspec.json.decode(octets, type=kind)
    except msgspec.ValidationError as error:
        raise unfit(str(error)[:_FLAW_MAX]) from None
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError):
        raise WireRefused("SerializationException", "The body is not JSON.") from None
