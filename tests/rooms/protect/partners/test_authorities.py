"""What may be drawn on a code or a mandate, for every sequence of amounts and times."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tallystick.ground.clock import DAY_MS
from tallystick.ground.identifiers import AccountId, CustomerId, DeviceId
from tallystick.protect.partners import (
    AUTHORITIES,
    Authority,
    AuthorityRefused,
    CredentialsRefused,
    Partner,
    check_api_key,
    check_secret,
    draw_on,
    end_authority,
    secret_digest,
)

SHOP = AccountId("acc-shop")
MANDATE = Authority(
    name="mandate-1",
    kind="mandate",
    account=AccountId("acc-alice"),
    customer=CustomerId("cus-alice"),
    device=DeviceId("dev-alice"),
    partner=SHOP,
    amount_minor=100,
    expires_ms=200 * DAY_MS,
    created_ms=DAY_MS,
    instruction="sha256:00",
    signed="T",
    signature="S",
    period_minor=250,
    period_days=7,
)
CODE = replace(MANDATE, kind="code", period_minor=0, period_days=0)


@given(st.lists(st.tuples(st.integers(-5, 130), st.integers(0, 20 * DAY_MS)), max_size=30))
def test_no_payment_and_no_period_takes_more_than_was_signed(
    draws: list[tuple[int, int]],
) -> None:
    authority, now_ms = MANDATE, MANDATE.created_ms
    taken: dict[int, int] = defaultdict(int)
    for amount, later in draws:
        now_ms += later
        period = (now_ms - MANDATE.created_ms) // (7 * DAY_MS)
        fits = 0 < amount <= 100 and taken[period] + amount <= 250
        if fits and now_ms < MANDATE.expires_ms:
            authority = draw_on(authority, payee=SHOP, amount_minor=amount, now_ms=now_ms)
            taken[period] += amount
        else:
            with pytest.raises(AuthorityRefused):
                draw_on(authority, payee=SHOP, amount_minor=amount, now_ms=now_ms)
    assert all(total <= 250 for total in taken.values())


@given(st.integers(1, 100), st.integers(1, 100))
def test_a_code_is_drawn_on_once(first: int, second: int) -> None:
    used = draw_on(CODE, payee=SHOP, amount_minor=first, now_ms=DAY_MS)
    with pytest.raises(AuthorityRefused):
        draw_on(used, payee=SHOP, amount_minor=second, now_ms=DAY_MS)
    with pytest.raises(AuthorityRefused):
        end_authority(used, customer=CODE.customer, reserved=False)


@pytest.mark.parametrize(
    ("authority", "payee"),
    [
        (None, SHOP),
        (CODE, AccountId("acc-other")),
        (replace(CODE, partner=AccountId("")), CODE.account),
        (replace(CODE, state="ended"), SHOP),
        (replace(CODE, expires_ms=DAY_MS), SHOP),
        (replace(CODE, hold="dev-alice.held"), SHOP),
    ],
)
def test_one_word_for_every_reason(authority: Authority | None, payee: AccountId) -> None:
    with pytest.raises(AuthorityRefused) as caught:
        draw_on(authority, payee=payee, amount_minor=99, now_ms=DAY_MS)
    assert caught.value.outside == "authority.refused"


def test_an_authority_comes_back_from_the_books() -> None:
    assert AUTHORITIES.decode(AUTHORITIES.encode(MANDATE)) == MANDATE


def test_secrets_are_compared_with_what_is_kept() -> None:
    partner = Partner(
        id=DeviceId("dev-shop"),
        name="Shop",
        account=SHOP,
        scopes=("pay",),
        secret=secret_digest("right"),
        api_key="",
    )
    assert check_secret(partner, "right") is partner
    for asked, secret in ((partner, "wrong"), (None, "right"), (partner, "")):
        with pytest.raises(CredentialsRefused):
            check_secret(asked, secret)
    with pytest.raises(CredentialsRefused):  # none was registered, so none fits
        check_api_key(partner, "")
