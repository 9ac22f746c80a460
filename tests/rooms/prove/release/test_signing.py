"""Two people, one statement: what is accepted, and every way in which it is not."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from tallystick.decide.policy.model import AcceptedRisk, GrantedException
from tallystick.ground.errors import Misconfigured
from tallystick.prove.evidence import verifier_key
from tallystick.prove.release import (
    SIGNERS_HEADER,
    Release,
    ReleaseRefused,
    approve_release,
    demand_same_findings,
    demand_succession,
    last_day,
    parse_signers,
    read_release,
    sign_release,
    verify_release,
)
from tallystick.prove.release.statement import statement_from_plain
from tallystick.testing.policies import sealed_again
from tests.rooms.prove.release.made import (
    AMINA,
    BRIAN,
    CHIKE,
    FIRST,
    LAST,
    NEW,
    OLD,
    SIGNERS,
    person,
    proposed,
    released,
)

DAY = "2026-12-24"


def verified(release: Release, **changes: Any) -> tuple[str, ...]:
    usual: dict[str, Any] = {"policy": NEW, "signers": SIGNERS, "as_of": DAY}
    return verify_release(release, **{**usual, **changes}).names


def test_two_people_release_a_policy() -> None:
    assert verified(released()) == ("amina", "brian")
    for day in (FIRST, LAST):
        assert verified(released(), as_of=day)


def test_a_release_read_back_holds() -> None:
    again = read_release(released().octets())
    assert again == released()
    assert verified(again)


def test_one_signature_is_not_enough() -> None:
    with pytest.raises(ReleaseRefused, match="signed by amina; it takes 2"):
        verified(sign_release(proposed(), AMINA))


def test_one_person_does_not_sign_twice() -> None:
    once = sign_release(proposed(), AMINA)
    with pytest.raises(ReleaseRefused, match="amina signed already"):
        approve_release(once, AMINA)
    with pytest.raises(ReleaseRefused, match="amina signed already"):
        approve_release(once, replace(CHIKE, name="amina"))
    with pytest.raises(ReleaseRefused, match="this key signed already, as amina"):
        approve_release(once, replace(AMINA, name="brian"))


def test_one_key_under_two_trusted_names_counts_once() -> None:
    both = (*SIGNERS[:1], verifier_key("brian", AMINA.public))
    forged = released()
    one = sign_release(proposed(), AMINA).note
    two = sign_release(proposed(), replace(AMINA, name="brian")).note
    note = one + two.rpartition("\n\n")[2]
    with pytest.raises(ReleaseRefused, match="it takes 2"):
        verified(replace(forged, note=note), signers=both)


def test_one_name_with_two_trusted_keys_counts_once() -> None:
    twin = person("amina", 9)
    one, two = (sign_release(proposed(), who).note for who in (AMINA, twin))
    note = one + two.rpartition("\n\n")[2]
    signers = (verifier_key("amina", AMINA.public), verifier_key("amina", twin.public))
    with pytest.raises(ReleaseRefused, match="it takes 2"):
        verified(replace(released(), note=note), signers=signers)


def test_a_stranger_does_not_count() -> None:
    with_stranger = approve_release(sign_release(proposed(), AMINA), CHIKE)
    with pytest.raises(ReleaseRefused, match="signed by amina; it takes 2"):
        verified(with_stranger)


def test_a_signature_under_a_trusted_name_with_another_key_does_not_count() -> None:
    pretender = approve_release(sign_release(proposed(), AMINA), replace(CHIKE, name="brian"))
    with pytest.raises(ReleaseRefused, match="signed by amina; it takes 2"):
        verified(pretender)


def test_another_policy_is_not_released() -> None:
    with pytest.raises(ReleaseRefused, match="was released, this one is"):
        verified(released(), policy=OLD)
    with pytest.raises(ReleaseRefused, match="was released, this one is"):
        verified(released(), policy=replace(NEW, tables=OLD.tables))


def test_an_altered_statement_is_refused() -> None:
    release = released()
    altered = replace(
        release, statement=replace(release.statement, reason="Something else is true")
    )
    with pytest.raises(ReleaseRefused, match="the statement was altered"):
        verified(altered)
    with pytest.raises(ReleaseRefused, match="the statement was altered"):
        approve_release(altered, CHIKE)


def test_an_altered_signature_is_refused() -> None:
    release = released()
    head, _, last = release.note.removesuffix("\n").rpartition("\n")
    name, _, encoded = last.rpartition(" ")
    other = "A" if encoded[20] != "A" else "B"
    note = f"{head}\n{name} {encoded[:20]}{other}{encoded[21:]}\n"
    with pytest.raises(ReleaseRefused, match="signature of brian does not verify"):
        verified(replace(release, note=note))


@pytest.mark.parametrize("day", ["2026-05-31", "2027-06-01"])
def test_outside_of_its_days_a_release_does_not_hold(day: str) -> None:
    with pytest.raises(ReleaseRefused, match="the release holds from"):
        verified(released(), as_of=day)


def test_a_day_that_is_none_is_a_mistake() -> None:
    with pytest.raises(Misconfigured, match="is no day"):
        verified(released(), as_of="tomorrow")


STANDING: list[dict[str, Any]] = [
    {
        "acceptances": (
            AcceptedRisk(
                threat="T-LOST", up_to_minor=9, expected_after_minor=5, reason="It is insured",
                approved_by=("amina", "brian"), until="2026-09-30",
            ),
        )
    },
    {
        "exceptions": (
            GrantedException(
                requirement="R-8-01", compensation=("C-ONE",), reason="It is ordered",
                approved_by=("amina", "brian"), until="2026-09-30",
            ),
        )
    },
]  # fmt: skip


@pytest.mark.parametrize("standing", STANDING, ids=lambda standing: next(iter(standing)))
def test_an_accepted_risk_or_exception_that_ended_is_refused(standing: dict[str, Any]) -> None:
    policy = sealed_again(replace(OLD, **standing))
    statement = proposed(policy, None)
    release = approve_release(sign_release(statement, AMINA), BRIAN)
    assert read_release(release.octets()) == release
    assert verified(release, policy=policy, as_of="2026-09-30")
    with pytest.raises(ReleaseRefused, match="ended on 2026-09-30; 2026-10-01 is later"):
        verified(release, policy=policy, as_of="2026-10-01")
    with pytest.raises(ReleaseRefused, match="ended on"):
        proposed(policy, None, from_day="2026-10-01")
    (name,) = standing
    hidden = replace(statement, **{name: ()})
    with pytest.raises(ReleaseRefused, match=f"not what follows from the policies: {name}"):
        demand_same_findings(hidden, policy, None)


@pytest.mark.parametrize("standing", STANDING, ids=lambda standing: next(iter(standing)))
@pytest.mark.parametrize("until", ["never", "2027-02-30", "20270901", ""])
def test_an_accepted_risk_or_exception_ends_on_a_day(standing: dict[str, Any], until: str) -> None:
    ((name, (one,)),) = standing.items()
    policy = sealed_again(replace(OLD, **{name: (replace(one, until=until),)}))
    with pytest.raises(Misconfigured, match="is no day"):
        proposed(policy, None)
    sound = sealed_again(replace(OLD, **standing))
    plain = proposed(sound, None).plain()
    plain[name] = [{**plain[name][0], "until": until}]
    with pytest.raises(Misconfigured, match="is no day"):
        statement_from_plain(plain)


def test_a_release_holds_as_long_as_its_policy_allows_and_no_longer() -> None:
    assert last_day(NEW, FIRST) == "2027-06-01"
    assert proposed(until_day="2027-06-01").until_day == "2027-06-01"
    with pytest.raises(Misconfigured, match="2027-06-02 is too late"):
        proposed(until_day="2027-06-02")
    longer = replace(proposed(), until_day="2040-01-01")
    with pytest.raises(Misconfigured, match="2040-01-01 is too late"):
        demand_same_findings(longer, NEW, OLD)
    with pytest.raises(Misconfigured, match="2040-01-01 is too late"):
        verified(approve_release(sign_release(longer, AMINA), BRIAN))


def test_only_what_was_compared_takes_the_place_of_a_policy_in_force() -> None:
    statement = proposed()
    demand_succession(statement, in_force=OLD.digest)
    demand_succession(statement, in_force=NEW.digest)
    demand_succession(proposed(OLD, None), in_force=OLD.digest)
    other = sealed_again(replace(OLD, provider="Another Ltd"))
    with pytest.raises(ReleaseRefused, match=f"{other.digest[:19]} is in force here"):
        demand_succession(statement, in_force=other.digest)
    with pytest.raises(ReleaseRefused, match="was compared with nothing"):
        demand_succession(proposed(OLD, None), in_force=other.digest)


@pytest.mark.parametrize("name", ["", "two words", "a+b", "x" * 600])
def test_a_name_that_cannot_stand_in_a_note_is_a_mistake(name: str) -> None:
    with pytest.raises(Misconfigured, match="not a name for a signature"):
        sign_release(proposed(), replace(AMINA, name=name))


def test_a_list_of_signers_is_read() -> None:
    text = "\n".join([SIGNERS_HEADER, *SIGNERS, ""])
    assert parse_signers(text) == SIGNERS


LISTS = [
    "",
    "another header\n" + "\n".join(SIGNERS) + "\n",
    "\n".join([SIGNERS_HEADER, *SIGNERS]),  # the last line does not end
    "\n".join([SIGNERS_HEADER, "not a key", ""]),
    "\n".join([SIGNERS_HEADER, SIGNERS[0], SIGNERS[0], ""]),
    "\n".join([SIGNERS_HEADER, SIGNERS[0], verifier_key("brian", AMINA.public), ""]),
    "\n".join([SIGNERS_HEADER, SIGNERS[0], verifier_key("amina", BRIAN.public), ""]),
]


@pytest.mark.parametrize("text", LISTS)
def test_what_is_no_list_of_signers_is_refused(text: str) -> None:
    with pytest.raises(Misconfigured):
        parse_signers(text)
