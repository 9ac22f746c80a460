"""The conformance suite of the TokenKeys and TokenWork ports: what keys in a token must do.

    class TestMyToken(TokenKeysConformance):
        def open_token(self, home):
            return MyToken(home)

pytest collects the tests of the subclass. Each test has a fresh home.
"""

from __future__ import annotations

import tempfile
from abc import abstractmethod
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Protocol

from tallystick.crypto.key_blocks import (
    Exportability,
    KeyAlgorithm,
    KeyAttributes,
    KeyMode,
    KeyUsage,
)
from tallystick.crypto.keys import Step, TokenKey, TokenKeys, TokenWork
from tallystick.ground.errors import Refused

_AES_STEP = Step(algorithm=KeyAlgorithm.AES_128, data=bytes(16))
_TDES_STEP = Step(algorithm=KeyAlgorithm.TDES_2KEY, data=bytes(16))
_UNKNOWN = "0" * 32


class Token(TokenKeys, TokenWork, Protocol):
    """Both ports over one token."""


def attributes(
    usage: KeyUsage,
    algorithm: KeyAlgorithm,
    mode: KeyMode,
    exportability: Exportability = Exportability.NOT_EXPORTABLE,
) -> KeyAttributes:
    return KeyAttributes(usage=usage, algorithm=algorithm, mode=mode, exportability=exportability)


CMAC = attributes(KeyUsage.MAC_CMAC, KeyAlgorithm.AES_128, KeyMode.GENERATE_AND_VERIFY)
HMAC = attributes(KeyUsage.MAC_HMAC, KeyAlgorithm.HMAC_SHA256, KeyMode.GENERATE_AND_VERIFY)
BASE = attributes(KeyUsage.BASE_DERIVATION, KeyAlgorithm.AES_128, KeyMode.DERIVE)
CARDS = attributes(KeyUsage.EMV_CRYPTOGRAMS, KeyAlgorithm.TDES_2KEY, KeyMode.DERIVE)
WRAP = attributes(KeyUsage.KEY_ENCRYPTION, KeyAlgorithm.AES_256, KeyMode.BOTH)
SIGN = attributes(KeyUsage.SIGNATURE, KeyAlgorithm.ECC_P256, KeyMode.SIGN)
LEAVES = attributes(
    KeyUsage.MAC_CMAC, KeyAlgorithm.AES_128, KeyMode.GENERATE_AND_VERIFY, Exportability.EXPORTABLE
)


class TokenKeysConformance:
    """Subclass it and say how the token of a home is opened, and made when it is not there."""

    @abstractmethod
    def open_token(self, home: Path) -> AbstractContextManager[Token]:
        """Open the token of a home; a home that is new gets a new one."""

    def within(self, test: Callable[[Path], None]) -> None:
        with tempfile.TemporaryDirectory(prefix="tallystick-token-") as directory:
            test(Path(directory))

    def test_keys_stay_and_are_what_they_were_made_as(self) -> None:
        def test(home: Path) -> None:
            with self.open_token(home) as token:
                made = [token.create_key(one, label=f"k {one.usage}") for one in (CMAC, BASE, SIGN)]
                assert len({key.id for key in made}) == 3
                assert [key.attributes for key in made] == [CMAC, BASE, SIGN]
                assert (made[2].public[:1], len(made[2].public)) == (b"\x04", 65)
                mac = token.token_mac(made[0].id, b"abc")
            with self.open_token(home) as token:
                assert list(token.token_keys()) == sorted(made, key=lambda key: key.id)
                assert token.token_mac(made[0].id, b"abc") == mac
                token.destroy_key(made[0].id)
                assert refusal(token.token_mac, made[0].id, b"abc")
            with self.open_token(home) as token:
                assert made[0] not in token.token_keys()
                assert refusal(token.destroy_key, made[0].id)

        self.within(test)

    def test_a_mac_is_made_and_compared(self) -> None:
        def test(home: Path) -> None:
            with self.open_token(home) as token:
                for one, octets in ((CMAC, 16), (HMAC, 32)):
                    key = token.create_key(one, label="mac").id
                    mac = token.token_mac(key, b"abc")
                    assert len(mac) == octets
                    token.token_verify(key, b"abc", mac)
                    said = {
                        refusal(token.token_verify, key, b"abc", wrong)
                        for wrong in (mac[:-1] + bytes([mac[-1] ^ 1]), mac[:4], b"", mac + b"\x00")
                    }
                    said.add(refusal(token.token_verify, key, b"abd", mac))
                    assert len(said) == 1

        self.within(test)

    def test_a_key_does_only_what_it_is_for(self) -> None:
        def test(home: Path) -> None:
            with self.open_token(home) as token:
                keys = {
                    one: token.create_key(one, label="x").id for one in (CMAC, BASE, SIGN, WRAP)
                }
                verify = attributes(KeyUsage.MAC_CMAC, KeyAlgorithm.AES_128, KeyMode.VERIFY)
                keys[verify] = token.create_key(verify, label="x").id
                for one in (BASE, SIGN, WRAP, verify):
                    assert refusal(token.token_mac, keys[one], b"x")
                for one in (CMAC, BASE, WRAP):
                    assert refusal(token.token_sign, keys[one], b"x")
                for one in (CMAC, SIGN, WRAP):
                    assert refusal(token.token_mac, keys[one], b"x", steps=[_AES_STEP])
                for one in (CMAC, BASE, SIGN):
                    assert refusal(token.wrap_key, keys[one], keys[CMAC])
                assert refusal(token.token_mac, _UNKNOWN, b"x")

        self.within(test)

    def test_what_a_token_cannot_do_is_refused_when_the_key_is_made(self) -> None:
        def test(home: Path) -> None:
            pin = attributes(KeyUsage.PIN_ENCRYPTION, KeyAlgorithm.AES_128, KeyMode.BOTH)
            data = attributes(KeyUsage.DATA_ENCRYPTION, KeyAlgorithm.AES_128, KeyMode.BOTH)
            leaving = attributes(
                KeyUsage.KEY_ENCRYPTION,
                KeyAlgorithm.AES_256,
                KeyMode.BOTH,
                Exportability.EXPORTABLE,
            )
            with self.open_token(home) as token:
                for one in (pin, data, leaving):
                    assert refusal(token.create_key, one, label="x")
                assert refusal(token.create_key, CMAC, label="x" * 100)
                assert refusal(token.create_key, CMAC, label="a\nb")
                assert list(token.token_keys()) == []

        self.within(test)

    def test_a_derived_key_is_no_stronger_and_of_the_right_kind(self) -> None:
        def test(home: Path) -> None:
            strong = Step(algorithm=KeyAlgorithm.AES_256, data=bytes(32))
            with self.open_token(home) as token:
                base = token.create_key(BASE, label="b").id
                cards = token.create_key(CARDS, label="c").id
                assert len(token.token_mac(base, b"x", steps=[_AES_STEP] * 5)) == 16
                assert len(token.token_check(cards, steps=[_TDES_STEP, _TDES_STEP])) == 3
                assert refusal(token.token_mac, base, b"x", steps=[strong])
                assert refusal(token.token_mac, cards, b"x", steps=[_AES_STEP])
                one = token.token_mac(base, b"x", steps=[_AES_STEP])
                assert one == token.token_mac(base, b"x", steps=[_AES_STEP])
                assert one != token.token_mac(base, b"x", steps=[_AES_STEP, _AES_STEP])

        self.within(test)

    def test_a_key_leaves_only_wrapped_and_only_when_it_may(self) -> None:
        def test(home: Path) -> None:
            with self.open_token(home) as token:
                under, leaves = (
                    token.create_key(WRAP, label="w").id,
                    token.create_key(LEAVES, label="e"),
                )
                stays = token.create_key(CMAC, label="n").id
                weak = attributes(KeyUsage.KEY_ENCRYPTION, KeyAlgorithm.AES_128, KeyMode.BOTH)
                strong = attributes(
                    KeyUsage.MAC_CMAC,
                    KeyAlgorithm.AES_256,
                    KeyMode.GENERATE,
                    Exportability.EXPORTABLE,
                )
                assert refusal(token.wrap_key, under, stays)
                weaker, stronger = (
                    token.create_key(weak, label="k"),
                    token.create_key(strong, label="s"),
                )
                assert refusal(token.wrap_key, weaker.id, stronger.id)
                wrapped = token.wrap_key(under, leaves.id)
                again = token.unwrap_key(under, wrapped, CMAC, label="back")
                assert token.token_mac(again.id, b"m") == token.token_mac(leaves.id, b"m")
                self._refuses_altered(token, under, wrapped)

        self.within(test)

    def _refuses_altered(self, token: Token, under: str, wrapped: bytes) -> None:
        before: list[TokenKey] = list(token.token_keys())
        altered = [wrapped[:at] + bytes([wrapped[at] ^ 1]) + wrapped[at + 1 :] for at in (0, 8, 23)]
        altered += [wrapped[:-8], wrapped + bytes(8), b"", bytes(24)]
        said = {refusal(token.unwrap_key, under, one, CMAC, label="x") for one in altered}
        assert len(said) == 1, "one refusal for all"
        assert list(token.token_keys()) == before


def refusal(do: Callable[..., object], *arguments: object, **named: object) -> str:
    """What is said to something that must not be done."""
    try:
        done = do(*arguments, **named)
    except Refused as refused:
        return f"{refused.code}: {refused}"
    raise AssertionError(f"this was done: {type(done).__name__}")
