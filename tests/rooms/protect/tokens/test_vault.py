"""The vault: one token for a number in a domain, good there and nowhere else, given back by rule."""

from __future__ import annotations

import itertools
from dataclasses import replace

import pytest

from tallystick.crypto.payment import LocalModule, ModulePolicy
from tallystick.ground.errors import Misconfigured
from tallystick.ground.facts import PAN_TOKENISED, Fact
from tallystick.protect.enforcement import ServiceClosed
from tallystick.protect.tokens import (
    Asker,
    DetokenisationRefused,
    ModuleVaultKeys,
    Pan,
    PanRefused,
    RangeExhausted,
    TokenDomain,
    TokenRange,
    TokenRefused,
    TokenState,
    luhn_digit,
    luhn_holds,
)
from tallystick.testing import MemoryTokenStore, local_bench
from tests.rooms.protect.tokens.test_canary import index_key, sealing_key
from tests.rooms.protect.tokens.vaults import (
    CLEARING,
    HELPDESK,
    PANS,
    PHONE,
    RANGE,
    SHOP,
    WEB,
    World,
)

PAN = Pan(PANS[0])


def test_a_number_comes_back_as_it_was() -> None:
    world = World()
    for digits in PANS:
        token = world.vault.tokenise(Pan(digits), SHOP)
        assert world.vault.detokenise(token, SHOP, asker=CLEARING).digits == digits


def test_a_token_looks_like_an_account_number_of_its_range() -> None:
    world = World()
    tokens = [world.vault.tokenise(Pan(digits), d) for digits in PANS for d in (SHOP, WEB)]
    for token, domain in zip(tokens, itertools.cycle((SHOP, WEB)), strict=False):
        assert luhn_holds(token)
        assert token.startswith("9000001" if domain == SHOP else "90000020")
        assert len(token) == (16 if domain == SHOP else 19)
    assert len(set(tokens)) == len(tokens)


def test_a_number_has_one_token_in_a_domain_and_another_in_the_next() -> None:
    world = World()
    first = world.vault.tokenise(PAN, SHOP)
    assert world.vault.tokenise(Pan(PANS[0]), SHOP) == first
    assert world.vault.tokenise(PAN, WEB) != first
    assert world.vault.tokenise(Pan(PANS[1]), SHOP) != first
    indexes = [row.index for row in world.store.page("", 9)]
    assert len(set(indexes)) == 3, "an index does not tell that two domains have one number"


def test_a_number_in_a_range_of_tokens_is_refused() -> None:
    world = World()
    for prefix, length in (("9000001", 16), ("90000020", 16), ("9000001", 13)):
        payload = prefix + "0" * (length - len(prefix) - 1)
        with pytest.raises(PanRefused):
            world.vault.tokenise(Pan(payload + luhn_digit(payload)), SHOP)
    token = world.vault.tokenise(PAN, SHOP)
    with pytest.raises(PanRefused):
        world.vault.tokenise(Pan(token), WEB)


def test_a_token_is_refused_everywhere_else_with_one_answer() -> None:
    world = World()
    token = world.vault.tokenise(PAN, SHOP)
    unknown = world.vault.tokenise(Pan(PANS[1]), WEB)
    suspended = world.vault.tokenise(Pan(PANS[1]), SHOP)
    world.vault.change_state(suspended, SHOP, TokenState.SUSPENDED, by="staff")
    deleted = world.vault.tokenise(Pan(PANS[2]), SHOP)
    world.vault.change_state(deleted, SHOP, TokenState.DELETED, by="staff")
    said, reasons = set(), []
    asked = [(token, WEB), ("1" * 16, SHOP), (unknown, SHOP), (suspended, SHOP), (deleted, SHOP)]
    for wrong, domain in asked:
        with pytest.raises(TokenRefused) as refused:
            world.vault.detokenise(wrong, domain, asker=CLEARING)
        said.add(str(refused.value))
        reasons.append(refused.value.reason)
    assert len(said) == 1
    assert reasons == ["domain", "unknown", "domain", "suspended", "deleted"]
    told = [fact.detail["reason"] for fact in world.facts if fact.kind == "pan.withheld"]
    assert told == reasons


# ---- who may have it ----------------------------------------------------------------------------


def test_nobody_gets_a_number_without_a_rule() -> None:
    world = World()
    token = world.vault.tokenise(PAN, SHOP)
    phone = world.vault.tokenise(PAN, PHONE)
    for asker, domain, reason in (
        (Asker(party="service:clearing", purpose="marketing"), SHOP, "rule"),
        (Asker(party="service:other", purpose="settlement"), SHOP, "rule"),
        (Asker(party="", purpose=""), SHOP, "rule"),
        (CLEARING, PHONE, "rule"),
        (HELPDESK, SHOP, "form"),
    ):
        with pytest.raises(DetokenisationRefused) as refused:
            world.vault.detokenise(phone if domain == PHONE else token, domain, asker=asker)
        assert refused.value.reason == reason
        assert world.facts[-1].detail["reason"] == reason
        assert world.facts[-1].detail["party"] == asker.party


def test_a_helpdesk_sees_a_masked_number_so_many_times_a_day() -> None:
    world = World()
    token = world.vault.tokenise(PAN, SHOP)
    for _ in range(3):
        assert world.vault.show(token, SHOP, asker=HELPDESK) == "411111******1111"
    with pytest.raises(DetokenisationRefused):
        world.vault.show(token, SHOP, asker=HELPDESK)
    assert world.vault.show(token, SHOP, asker=CLEARING) == "411111******1111"
    world.clock.advance(ms=86_400_000)
    assert world.vault.show(token, SHOP, asker=HELPDESK)


def test_asking_in_vain_uses_up_the_day() -> None:
    world = World()
    for number in range(3):
        with pytest.raises(TokenRefused):
            world.vault.show(str(number), SHOP, asker=HELPDESK)
    with pytest.raises(DetokenisationRefused) as refused:
        world.vault.show(world.vault.tokenise(PAN, SHOP), SHOP, asker=HELPDESK)
    assert refused.value.reason == "budget"


def test_every_answer_is_a_fact_first() -> None:
    world = World()
    token = world.vault.tokenise(PAN, SHOP)
    world.vault.detokenise(token, SHOP, asker=CLEARING)
    world.vault.change_state(token, SHOP, TokenState.SUSPENDED, by="staff")
    kinds = [fact.kind for fact in world.facts]
    assert kinds == ["pan.tokenised", "pan.detokenised", "token.changed"]
    assert world.facts[1].detail == {
        "party": "service:clearing", "purpose": "settlement", "domain": SHOP, "form": "whole",
    }  # fmt: skip
    assert {fact.subject for fact in world.facts} == {world.facts[0].subject}
    assert all(fact.policy == "sha256:policy" for fact in world.facts)
    for fact in world.facts:
        assert token not in str(fact.plain())


def test_what_the_module_does_not_give_is_a_fact_too() -> None:
    bench = local_bench(policy=ModulePolicy(opens_max=2))
    module = LocalModule(bench)
    keys = ModuleVaultKeys(module, sealing=sealing_key(module), index=index_key(module))
    world = World(keys=keys)
    token = world.vault.tokenise(PAN, SHOP)
    for _ in range(2):
        world.vault.detokenise(token, SHOP, asker=CLEARING)
    with pytest.raises(ServiceClosed):
        world.vault.detokenise(token, SHOP, asker=CLEARING)
    assert world.facts[-1].kind == "pan.withheld"
    assert world.facts[-1].detail["reason"] == "closed"


def test_no_number_is_given_when_no_fact_is_kept() -> None:
    world = World()
    token = world.vault.tokenise(PAN, SHOP)

    def full(fact: Fact) -> None:
        raise OSError("no space left")

    broken = World(store=world.store)
    broken.vault._record = full
    with pytest.raises(OSError, match="no space"):
        broken.vault.detokenise(token, SHOP, asker=CLEARING)


# ---- the life of a token --------------------------------------------------------------------------


def test_a_suspended_token_sleeps_and_wakes() -> None:
    world = World()
    token = world.vault.tokenise(PAN, SHOP)
    world.vault.change_state(token, SHOP, TokenState.SUSPENDED, by="staff")
    with pytest.raises(TokenRefused):
        world.vault.detokenise(token, SHOP, asker=CLEARING)
    with pytest.raises(TokenRefused):
        world.vault.tokenise(PAN, SHOP)
    world.vault.change_state(token, SHOP, TokenState.ACTIVE, by="staff")
    assert world.vault.detokenise(token, SHOP, asker=CLEARING).digits == PANS[0]
    assert world.vault.tokenise(PAN, SHOP) == token


def test_a_deleted_token_is_gone_for_good() -> None:
    world = World()
    token = world.vault.tokenise(PAN, SHOP)
    world.vault.change_state(token, SHOP, TokenState.DELETED, by="staff")
    row = world.store.read(token)
    assert row is not None
    assert (row.sealed, row.index) == (b"", None)
    for to in TokenState:
        with pytest.raises(TokenRefused):
            world.vault.change_state(token, SHOP, to, by="staff")
    assert world.vault.tokenise(PAN, SHOP) != token


def test_what_is_not_next_is_refused() -> None:
    world = World()
    token = world.vault.tokenise(PAN, SHOP)
    with pytest.raises(TokenRefused):
        world.vault.change_state(token, SHOP, TokenState.ACTIVE, by="staff")
    with pytest.raises(TokenRefused):
        world.vault.change_state(token, WEB, TokenState.DELETED, by="staff")
    with pytest.raises(TokenRefused):
        world.vault.change_state("1" * 16, SHOP, TokenState.DELETED, by="staff")
    with pytest.raises(TokenRefused):
        world.vault.tokenise(PAN, "merchant:unknown")


def test_an_expired_token_is_replaced() -> None:
    rules = (replace(World().rules[0], domains=(PHONE,)),)
    world = World(rules=rules)
    token = world.vault.tokenise(PAN, PHONE)
    world.clock.advance(ms=59_999)
    assert world.vault.detokenise(token, PHONE, asker=CLEARING).digits == PANS[0]
    world.clock.advance(ms=1)
    with pytest.raises(TokenRefused) as refused:
        world.vault.detokenise(token, PHONE, asker=CLEARING)
    assert refused.value.reason == "expired"
    again = world.vault.tokenise(PAN, PHONE)
    assert again != token
    assert world.vault.detokenise(again, PHONE, asker=CLEARING).digits == PANS[0]
    old = world.store.read(token)
    assert old is not None
    assert old.state is TokenState.DELETED


def test_a_full_range_is_said() -> None:
    world = World(more={"random": bytes})
    world.vault.tokenise(PAN, SHOP)
    with pytest.raises(RangeExhausted):
        world.vault.tokenise(Pan(PANS[1]), SHOP)


def test_two_at_once_get_one_token() -> None:
    """Another process writes between the look and the write."""
    store = MemoryTokenStore()
    other, mine = World(store=store), World(store=store)
    real, raced = store.current, []

    def current(domain: str, index: bytes):  # type: ignore[no-untyped-def]
        found = real(domain, index)
        if not raced:
            raced.append(1)
            raced.append(other.vault.tokenise(PAN, SHOP))
        return found

    store.current = current  # type: ignore[method-assign]
    assert mine.vault.tokenise(PAN, SHOP) == raced[1]
    assert len(store.rows) == 1


# ---- a database that lies -------------------------------------------------------------------------

EDITS = {
    "awake": {"state": TokenState.ACTIVE},
    "elsewhere": {"domain": WEB, "state": TokenState.ACTIVE},
    "longer": {"expires_ms": 2**52, "state": TokenState.ACTIVE},
    "index": {"index": bytes(32), "state": TokenState.ACTIVE},
}


@pytest.mark.parametrize("edit", EDITS.values(), ids=EDITS)
def test_an_edited_row_opens_no_number(edit: dict[str, object]) -> None:
    store = MemoryTokenStore()
    world = World(store=store)
    token = world.vault.tokenise(PAN, SHOP)
    world.vault.change_state(token, SHOP, TokenState.SUSPENDED, by="staff")
    store.rows[token] = replace(store.rows[token], **edit)  # type: ignore[arg-type]
    with pytest.raises(TokenRefused) as refused:
        world.vault.detokenise(token, store.rows[token].domain, asker=CLEARING)
    assert refused.value.reason == "sealed"


def test_a_number_that_is_moved_to_another_row_does_not_open() -> None:
    store = MemoryTokenStore()
    world = World(store=store)
    one, two = (world.vault.tokenise(Pan(digits), SHOP) for digits in PANS[:2])
    store.rows[one] = replace(store.rows[one], sealed=store.rows[two].sealed)
    with pytest.raises(TokenRefused):
        world.vault.detokenise(one, SHOP, asker=CLEARING)
    bent = bytearray(store.rows[two].sealed)
    bent[-1] ^= 1
    store.rows[two] = replace(store.rows[two], sealed=bytes(bent))
    with pytest.raises(TokenRefused):
        world.vault.detokenise(two, SHOP, asker=CLEARING)


# ---- what cannot be set up ------------------------------------------------------------------------


def test_ranges_and_domains_that_cannot_be() -> None:
    for wrong in (
        {"prefix": "900"}, {"prefix": "90000x"}, {"prefix": "9000000000"}, {"prefix": "٩٠٠٠"},
        {"prefix": "9000001", "length": 13}, {"prefix": "9000001", "length": 20},
    ):  # fmt: skip
        with pytest.raises(Misconfigured):
            TokenRange(**wrong)  # type: ignore[arg-type]
    for name in ("", "Shop", "a b", "x" * 65, "-"):
        with pytest.raises(Misconfigured):
            TokenDomain(name=name, range=RANGE)
    with pytest.raises(Misconfigured):
        TokenDomain(name="a", range=RANGE, lifetime_s=0)


def test_a_token_that_no_fact_tells_of_is_given_to_nobody_later() -> None:
    """Where the fact cannot be kept the number has no token, also not when it is asked again."""
    full = [True]

    def record(fact: Fact) -> None:
        if full[0]:
            raise Misconfigured("a fact cannot be written")
        world.facts.append(fact)

    world = World()
    world.vault._record = record
    with pytest.raises(Misconfigured):
        world.vault.tokenise(PAN, SHOP)
    full[0] = False
    token = world.vault.tokenise(PAN, SHOP)
    assert [fact.kind for fact in world.facts] == [PAN_TOKENISED]
    assert world.vault.tokenise(PAN, SHOP) == token
