"""The door to the vault of tokens: who may ask, what each refusal is, and what is recorded first."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import ExitStack, closing
from pathlib import Path
from typing import Any

import pytest

from tallystick.assembly import VaultJournal, add_to_vault_file, create_vault_file, open_vault_home
from tallystick.crypto.keys import AccessKey, AccessRole
from tallystick.crypto.payment import LocalModule
from tallystick.ground.secret import Secret
from tallystick.serve.payment_crypto import Names, application
from tallystick.serve.payment_crypto.tokens import TokenDoor
from tallystick.testing import local_bench
from tests.payment_wire import ACCOUNT, REGION, MemoryNotes, ask, signed_headers
from tests.rooms.protect.tokens.test_canary import index_key, sealing_key
from tests.rooms.protect.tokens.vaults import PANS

SHOP = "merchant:shop"


def party(name: str, *roles: AccessRole) -> AccessKey:
    return AccessKey(
        id=f"TSAK{name.upper():A<16}", name=name, roles=frozenset(roles or {AccessRole.TOKENS}),
        created_ms=0, secret=Secret(f"the secret of {name:.<24}".encode()),
    )  # fmt: skip


TILL, CLEARING, HELPDESK = party("till"), party("clearing"), party("helpdesk")
KEEPER, DATA = party("keeper"), party("data", AccessRole.DATA, AccessRole.KEYS, AccessRole.READ)


class World:
    """A wire with a vault, and how far its journal was carried when each answer came."""

    def __init__(self, folder: Path, open_ones: ExitStack) -> None:
        module = LocalModule(local_bench())
        create_vault_file(
            folder, keys=folder, sealing=sealing_key(module), index=index_key(module), store=""
        )
        for name, members in (
            ("domain", {"name": SHOP, "prefix": "9000001", "makers": ["till"],
                        "keepers": ["keeper"]}),
            ("rule", {"party": "clearing", "purpose": "settlement", "domains": ["*"],
                      "per_day": 3, "whole": True}),
            ("rule", {"party": "helpdesk", "purpose": "support", "domains": ["*"], "per_day": 3}),
        ):  # fmt: skip
            add_to_vault_file(folder, name, members)  # type: ignore[arg-type]
        self.home = open_ones.enter_context(open_vault_home(folder, module))
        door = open_ones.enter_context(closing(TokenDoor(self.home, self.carry)))
        keys = {one.id: one for one in (TILL, CLEARING, HELPDESK, KEEPER, DATA)}
        self.wire = application(
            module, MemoryNotes(), lambda: keys, names=Names(region=REGION, account=ACCOUNT),
            doors=door.doors(),
        )  # fmt: skip
        self.carried, self.broken = 0, False

    async def carry(self, journal: VaultJournal) -> None:
        if self.broken:
            raise OSError("no evidence")
        self.carried = journal.sequence

    def ask(self, key: AccessKey, what: str, **members: Any) -> tuple[int, Any]:
        return self.send(key, what, json.dumps({"domain": SHOP, **members}).encode())

    def send(self, key: AccessKey, what: str, body: bytes) -> tuple[int, Any]:
        path = f"/tokens/{what}"
        status, headers, octets = ask(
            self.wire, path, signed_headers(key, body, path=path), body
        )  # fmt: skip
        if status < 500:
            assert self.carried == self.home.journal.sequence
        told = json.loads(octets)
        return status, told if status == 200 else headers.get("x-amzn-errortype")


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    with ExitStack() as open_ones:
        yield World(tmp_path / "vault", open_ones)


def test_a_token_is_made_shown_and_turned_back_by_those_who_may(world: World) -> None:
    status, made = world.ask(TILL, "tokenise", pan=PANS[0])
    assert status == 200
    token = made["token"]
    assert world.ask(TILL, "tokenise", pan=PANS[0]) == (200, made)
    settled = world.ask(CLEARING, "detokenise", token=token, purpose="settlement")
    assert settled == (200, {"pan": PANS[0]})
    shown = world.ask(HELPDESK, "mask", token=token, purpose="support")
    assert shown == (200, {"shown": "411111******1111"})
    gone = world.ask(KEEPER, "state", token=token, state="suspended")
    assert gone == (200, {"state": "suspended"})
    unknown = world.ask(CLEARING, "detokenise", token="9000001000000000", purpose="settlement")
    assert unknown == (404, "ResourceNotFoundException")
    assert world.ask(CLEARING, "detokenise", token=token, purpose="settlement") == unknown
    assert world.ask(CLEARING, "detokenise", token=token, purpose="settlement") == (
        403, "AccessDeniedException",
    ), "the day's three"  # fmt: skip


@pytest.mark.parametrize(
    ("key", "what", "members"),
    [
        (CLEARING, "tokenise", {"pan": PANS[0]}),
        (DATA, "tokenise", {"pan": PANS[0]}),
        (DATA, "detokenise", {"token": "t", "purpose": "settlement"}),
        (TILL, "detokenise", {"token": "t", "purpose": "settlement"}),
        (HELPDESK, "detokenise", {"token": "t", "purpose": "support"}),
        (CLEARING, "detokenise", {"token": "t", "purpose": "curiosity"}),
        (TILL, "state", {"token": "t", "state": "deleted"}),
    ],
)
def test_who_may_not_is_told_so_and_nothing_else(
    world: World, key: AccessKey, what: str, members: dict[str, str]
) -> None:
    assert world.ask(key, what, **members) == (403, "AccessDeniedException")
    if key is not DATA:
        (told,) = world.home.journal.after(0)
        assert told.fact.kind == "pan.withheld"
        assert told.fact.detail["party"] == key.name


@pytest.mark.parametrize(
    ("what", "body"),
    [
        ("tokenise", b'{"domain": "merchant:shop", "pan": "4111111111111112"}'),
        ("tokenise", b'{"domain": "merchant:shop", "pan": 4111111111111111}'),
        ("tokenise", b'{"domain": "merchant:shop"}'),
        ("tokenise", b'{"domain": "merchant:shop", "pan": "4111111111111111", "x": 1}'),
        ("detokenise", b'{"domain": "merchant:shop", "token": "\\ud800", "purpose": "p"}'),
        ("detokenise", b'{"domain": "merchant:shop", "token": "t", "purpose": "\xc3\xa9"}'),
        ("state", b'{"domain": "merchant:shop", "token": "t", "state": "gone"}'),
        ("mask", b"[" * 5000),
        ("mask", b""),
        ("mask", b"\xff"),
    ],
)
def test_a_body_that_cannot_be_is_refused(world: World, what: str, body: bytes) -> None:
    status, error = world.send(TILL, what, body)
    assert (status, error) in [(400, "ValidationException"), (400, "SerializationException")]


def test_a_number_that_cannot_be_recorded_is_not_given(world: World) -> None:
    _, made = world.ask(TILL, "tokenise", pan=PANS[0])
    world.broken = True
    given = world.ask(CLEARING, "detokenise", token=made["token"], purpose="settlement")
    assert given == (500, "InternalServerException")
    world.broken = False
    world.ask(TILL, "tokenise", pan=PANS[0])
    assert world.carried == 2, "that it was asked for is carried later"


def test_a_request_of_nobody_is_refused(world: World) -> None:
    stranger = party("stranger")
    assert world.ask(stranger, "tokenise", pan=PANS[0]) == (403, "InvalidSignatureException")
    assert list(world.home.journal.after(0)) == []
