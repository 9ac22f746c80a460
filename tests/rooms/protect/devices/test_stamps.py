"""Challenges, grants and activation codes: recognised once, by their maker, in their time."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tallystick.ground.identifiers import AccountId, CustomerId, DeviceId, to_base64url
from tallystick.ground.limits import GRANT_MAX
from tallystick.ground.secret import Secret
from tallystick.protect.devices import (
    ACTIVATIONS,
    CHALLENGES,
    ActivationRefused,
    ChallengeDesk,
    ChallengeRefused,
    Grant,
    GrantDesk,
    GrantRefused,
    key_of,
    new_code,
    offer_device,
    redeem_activation,
)
from tests.rooms.protect.made import NOW_MS

SECRET = Secret(bytes(range(32)))
GRANT = Grant(device=DeviceId("dev-1"), thumbprint="t" * 43, expires_ms=NOW_MS + 900_000, version=3)


def challenge(expires_ms: int = NOW_MS + 20_000) -> str:
    return ChallengeDesk(SECRET).issue(nonce=bytes(16), expires_ms=expires_ms)


def test_a_challenge_is_good_until_it_expires() -> None:
    desk, token = ChallengeDesk(SECRET), challenge()
    mark = desk.redeem(token, used=False, now_ms=NOW_MS + 19_999)
    assert (mark.register, mark.key, mark.value) == (CHALLENGES, token, NOW_MS + 20_000)
    with pytest.raises(ChallengeRefused, match="expired"):
        desk.redeem(token, used=False, now_ms=NOW_MS + 20_000)


def test_a_challenge_is_good_once() -> None:
    with pytest.raises(ChallengeRefused, match="before"):
        ChallengeDesk(SECRET).redeem(challenge(), used=True, now_ms=NOW_MS)


def test_challenges_differ_by_their_chance() -> None:
    desk = ChallengeDesk(SECRET)
    assert desk.issue(nonce=b"a" * 16, expires_ms=1) != desk.issue(nonce=b"b" * 16, expires_ms=1)


def test_a_foreign_challenge_is_refused() -> None:
    foreign = ChallengeDesk(Secret(bytes(32))).issue(nonce=bytes(16), expires_ms=NOW_MS + 20_000)
    for token in (foreign, "", "A", "é", challenge()[:-1], challenge() + "A", challenge() + "="):
        with pytest.raises(ChallengeRefused, match="ours"):
            ChallengeDesk(SECRET).redeem(token, used=False, now_ms=NOW_MS)


@given(place=st.integers(0, 74), other=st.sampled_from("ABCXYZabcxyz019-_"))
def test_no_character_of_a_challenge_can_be_another(place: int, other: str) -> None:
    token = challenge()
    changed = token[:place] + other + token[place + 1 :]
    if changed == token or place >= len(token):
        return
    with pytest.raises(ChallengeRefused):
        ChallengeDesk(SECRET).redeem(changed, used=False, now_ms=NOW_MS)


def test_a_grant_says_what_it_was_issued_for_until_it_expires() -> None:
    desk = GrantDesk(SECRET)
    token = desk.issue(GRANT)
    assert len(token) <= GRANT_MAX
    assert desk.recognise(token, now_ms=NOW_MS + 899_999) == GRANT
    with pytest.raises(GrantRefused, match="expired"):
        desk.recognise(token, now_ms=NOW_MS + 900_000)


def test_a_foreign_grant_is_refused() -> None:
    foreign = GrantDesk(Secret(bytes(32))).issue(GRANT)
    own = GrantDesk(SECRET).issue(GRANT)
    stamped = ChallengeDesk(SECRET).issue(nonce=bytes(16), expires_ms=NOW_MS + 1)
    for token in (foreign, stamped, "", "é", own[:-2], own + "AA", "A" * (GRANT_MAX + 1)):
        with pytest.raises(GrantRefused, match="ours"):
            GrantDesk(SECRET).recognise(token, now_ms=NOW_MS)


@given(st.binary(max_size=100))
def test_random_octets_are_neither_grant_nor_challenge(octets: bytes) -> None:
    with pytest.raises(GrantRefused):
        GrantDesk(SECRET).recognise(to_base64url(octets), now_ms=NOW_MS)
    with pytest.raises(ChallengeRefused):
        ChallengeDesk(SECRET).redeem(to_base64url(octets), used=False, now_ms=NOW_MS)


# ---- activation codes ---------------------------------------------------------------------------


def offer(code: str = "ABCD-EFGH-JKLM"):  # type: ignore[no-untyped-def]
    return offer_device(
        code,
        customer=CustomerId("cus-1"),
        account=AccountId("acc-1"),
        role="customer",
        now_ms=NOW_MS,
    )


def test_a_code_is_redeemed_once() -> None:
    mark = offer()
    activation, used = redeem_activation(mark.value, "ABCD-EFGH-JKLM", now_ms=NOW_MS)
    assert (activation.customer, activation.account, activation.role) == (
        "cus-1",
        "acc-1",
        "customer",
    )
    assert used.key == mark.key
    assert used.value.used
    with pytest.raises(ActivationRefused):
        redeem_activation(used.value, "ABCD-EFGH-JKLM", now_ms=NOW_MS)


def test_unknown_used_and_old_codes_are_one_answer() -> None:
    known = offer().value
    week_ms = 7 * 86_400_000
    redeem_activation(known, "ABCD-EFGH-JKLM", now_ms=NOW_MS + week_ms - 1)
    refusals = []
    for held, now_ms in ((None, NOW_MS), (known, NOW_MS + week_ms)):
        with pytest.raises(ActivationRefused) as refused:
            redeem_activation(held, "ABCD-EFGH-JKLM", now_ms=now_ms)
        refusals.append((refused.value.outside, str(refused.value)))
    assert len(set(refusals)) == 1
    assert refusals[0][0] == "enrolment.refused"


def test_a_code_itself_is_not_kept() -> None:
    mark = offer()
    assert b"ABCD" not in mark.octets()
    assert "ABCD" not in mark.key
    assert key_of("ABCD-EFGH-JKLM") == mark.key != key_of("ABCD-EFGH-JKLN")
    assert ACTIVATIONS.decode(mark.octets()) == mark.value


@given(st.binary(min_size=8, max_size=8))
def test_a_code_is_sixty_bits_that_can_be_read_aloud(chance: bytes) -> None:
    code = new_code(chance)
    letters = code.replace("-", "")
    assert (len(code), len(letters), code[4], code[9]) == (14, 12, "-", "-")
    assert not set(letters) & set("IO01")
    back = sum("ABCDEFGHJKLMNPQRSTUVWXYZ23456789".index(c) << 5 * n for n, c in enumerate(letters))
    assert back == int.from_bytes(chance, "big") % 2**60
