"""The catalogue that comes with the package: complete, consistent, and in our own words."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import tallystick.standard
from tallystick.ground.facts import (
    ACCOUNT_OPENED,
    FACT_KINDS,
    PAN_DETOKENISED,
    PAN_TOKENISED,
    PAN_WITHHELD,
    PAYMENT_FACTS,
    PAYMENT_GIVEN_BACK,
    PURSE_DOUBLE_SPENT,
    SAFEGUARDING_BROKEN,
    TOKENS_CHANGED,
    TRIAL_FAILED,
)
from tallystick.standard import (
    ASSETS,
    FEE_KINDS,
    OPERATION_KINDS,
    OUTSIDE_CODES,
    PARAMETERS,
    PAYMENT_KINDS,
    PROVIDER,
    TYPOLOGIES,
    Layer,
    Nature,
    Requirement,
    load_catalogue,
    trial_register,
)
from tests.rooms.standard.sources import ATTACK_MOBILE, CAPEC, MASWE

CATALOGUE = load_catalogue()
THREATS, CONTROLS = CATALOGUE.threats, CATALOGUE.countermeasures
REQUIREMENTS, TRIALS = CATALOGUE.requirements, CATALOGUE.trials
PACKAGE = Path(tallystick.standard.__file__).parent.parent
ROOT = PACKAGE.parent.parent

CONTROLS_OF_ROOMS = """
    C-DEV-BIND C-DEV-ATTEST C-SESSION-PROOF C-APP-POSTURE C-MSG-SEAL C-MSG-FRESH C-INPUT-STRICT
    C-CUST-PIN C-PIN-LOCKOUT C-PIN-SEALED C-INTENT-SIGN C-PAYEE-RESOLVE C-TIER-LIMITS
    C-SCREEN-NAMES C-MON-TYPOLOGIES C-LEDGER-DOUBLE C-IDEMPOTENT C-SAFEGUARD C-EVIDENCE-LOG
    C-RECEIPT-BOUND C-FAIL-CLOSED C-PRIV-PSEUDONYM C-PRIV-RETENTION C-KEY-SOFTWARE
    C-REFUSAL-UNIFORM C-ENV-CAPS C-ALG-APPROVED C-KEY-SINGLE C-COMMIT-WHOLE C-TRIALS C-DOSSIER
""".split()  # noqa: SIM905

DESCRIBED = Nature.DESCRIPTION
STILL_TO_BUILD = ("prove/dossier", "trials")

LOOKED_UP = re.compile(
    r"ATT&CK Mobile (?P<attack>T[0-9.]+)|CAPEC-(?P<capec>[0-9]+)|OWASP MASWE-(?P<maswe>[0-9]{4})"
    r"|derived: .+, (clause|Annex) (?P<clause>[0-9A-D.]+)"
)


def sources() -> Iterator[tuple[str, str]]:
    for entry in (*THREATS.values(), *REQUIREMENTS.values()):
        yield from ((entry.id, source) for source in entry.sources)


def test_there_is_enough_of_everything() -> None:
    assert len(THREATS) >= 165
    assert len(CONTROLS) >= 200
    assert len(REQUIREMENTS) >= 200
    assert len([one for one in REQUIREMENTS.values() if one.nature is Nature.REQUIREMENT]) >= 120
    assert len(TRIALS) >= 34
    assert len(CATALOGUE.clauses) == 20


def test_all_channels_modes_and_layers_have_threats() -> None:
    needs = " ".join(threat.needs for threat in THREATS.values())
    for channel in ("internet", "qr", "nfc", "sms", "ussd", "ble"):
        assert f'channels has "{channel}"' in needs
    assert {threat.layer for threat in THREATS.values()} == set(Layer)
    assert {"7", "8", "9", "10", "11", "12", "13", "14", "A", "B", "C", "D"} <= {
        entry.clause for entry in (*THREATS.values(), *REQUIREMENTS.values())
    }
    assert {asset for threat in THREATS.values() for asset in threat.hits} == set(ASSETS)


def test_every_clause_from_6_on_and_every_annex_has_entries() -> None:
    counts = Counter(one.clause for one in REQUIREMENTS.values() if one.nature is not DESCRIBED)
    parts = [name for name in CATALOGUE.clauses if name != "5"]
    assert [name for name in parts if not counts[name]] == []
    assert [
        name for name in ("6", "7", "8", "9", "14", "A", "B", "C", "D") if counts[name] < 7
    ] == []


def test_every_normative_reference_has_entries() -> None:
    cited = " ".join(source for one in REQUIREMENTS.values() for source in one.sources)
    for standard in ("ISO 9564-1", "ISO 11568", "ISO 13491-1", "ISO 19092", "ISO 12812-3"):
        assert cited.count(standard) >= 5, standard


def test_what_is_asked_has_a_countermeasure_and_what_is_described_has_none() -> None:
    for one in REQUIREMENTS.values():
        assert bool(one.controls) == (one.nature is not DESCRIBED), one.id


def test_entries_are_numbered_without_gaps_inside_their_clause() -> None:
    numbers: dict[str, list[int]] = {}
    for one in REQUIREMENTS.values():
        numbers.setdefault(one.clause, []).append(int(one.id[-2:]))
    for clause, found in numbers.items():
        assert sorted(found) == list(range(1, len(found) + 1)), clause


def test_no_data_file_is_too_long_to_read() -> None:
    files = sorted((PACKAGE / "standard" / "data").rglob("*.toml"))
    lengths = {str(file): len(file.read_text(encoding="utf-8").splitlines()) for file in files}
    assert {name: lines for name, lines in lengths.items() if lines > 400} == {}
    assert all(file.read_text(encoding="utf-8").startswith("#") for file in files)


def test_every_threat_has_two_countermeasures() -> None:
    helps = Counter(threat for control in CONTROLS.values() for threat in control.effects)
    few = [name for name, one in THREATS.items() if helps[name] < 2 and not one.accepted]
    assert few == []


def test_every_countermeasure_helps_against_something() -> None:
    assert [control.id for control in CONTROLS.values() if not control.effects] == []


def test_every_control_of_a_room_is_there_and_not_left_to_the_provider() -> None:
    assert [name for name in CONTROLS_OF_ROOMS if CONTROLS[name].room == PROVIDER] == []
    assert CONTROLS["C-KEY-HSM"].room == PROVIDER
    assert CONTROLS["C-KEY-SOFTWARE"].excludes == ("C-KEY-HSM",)


def test_every_room_of_a_control_is_a_folder() -> None:
    rooms = {control.room for control in CONTROLS.values()} - {PROVIDER, *STILL_TO_BUILD}
    assert sorted(room for room in rooms if not (PACKAGE / room).is_dir()) == []


def test_every_control_of_this_package_answers_a_requirement() -> None:
    # Otherwise a policy could leave out what the rooms rely on.
    forced = {
        frozenset(one.controls) for one in REQUIREMENTS.values() if one.nature is Nature.REQUIREMENT
    }
    keys = frozenset({"C-KEY-SOFTWARE", "C-KEY-HSM"})
    own = [control.id for control in CONTROLS.values() if control.room != PROVIDER]
    assert keys in forced
    assert [name for name in own if name not in keys and frozenset({name}) not in forced] == []


def test_every_parameter_and_typology_is_set() -> None:
    parameters = [name for control in CONTROLS.values() for name in control.sets.parameters]
    assert set(parameters) == set(PARAMETERS)
    twice = {name for name in parameters if parameters.count(name) > 1}
    assert twice == {"keys.level_min"}  # by software and by hardware, which exclude one another
    assert set(CONTROLS["C-MON-TYPOLOGIES"].sets.typologies) == set(TYPOLOGIES)


def test_every_payment_demands_the_facts_of_a_payment() -> None:
    demanded: dict[str, set[str]] = {kind: set() for kind in OPERATION_KINDS}
    for control in CONTROLS.values():
        for operations, facts in control.sets.facts.items():
            for kind in OPERATION_KINDS:
                if operations in ("*", kind, f"{kind.partition('.')[0]}.*"):
                    demanded[kind] |= set(facts)
    assert demanded["merchant.pay"] == demanded["remote.pay"] == set(PAYMENT_FACTS)
    # A bank's account is not in the provider's register, so its payee is resolved by nobody.
    assert demanded["banking.transfer"] == set(PAYMENT_FACTS) - {"payee.resolved"}
    assert demanded["request.approve"] == demanded["interop.pay"] == set(PAYMENT_FACTS)
    assert demanded["agent.cash_in"] == demanded["agent.cash_out"] == set(PAYMENT_FACTS)
    assert demanded["reservation.make"] == set(PAYMENT_FACTS)
    # What is given back or exchanged counts against no limit and is no pattern of abuse.
    unlimited = {"tier.within", "risk.acceptable"}
    assert demanded["payment.refund"] == set(PAYMENT_FACTS) - unlimited
    own = {"payee.resolved", "parties.clear"}
    assert demanded["fx.exchange"] == set(PAYMENT_FACTS) - unlimited - own
    assert demanded["purse.load"] == set(PAYMENT_FACTS) - {"payee.resolved"}
    known = {
        "remote.pay", "merchant.pay", "banking.transfer", "agent.cash_in", "agent.cash_out",
        "payment.refund", "fx.exchange", "request.approve", "interop.pay", "purse.load",
        "reservation.make",
    }  # fmt: skip
    assert set(PAYMENT_KINDS) == known
    assert set(FEE_KINDS) <= known


def test_every_fact_and_trial_closes_something() -> None:
    closings = [one.closing for one in REQUIREMENTS.values()]
    # Not every service opens accounts in other currencies, and not every one gives something back:
    # nothing may hang on that.
    unneeded = {TRIAL_FAILED, SAFEGUARDING_BROKEN, PURSE_DOUBLE_SPENT, ACCOUNT_OPENED}
    unneeded.add(PAYMENT_GIVEN_BACK)
    # Nor does every service keep a vault of tokens.
    unneeded |= {PAN_TOKENISED, TOKENS_CHANGED, PAN_DETOKENISED, PAN_WITHHELD}
    assert {f for closing in closings for f in closing.all_facts} == set(FACT_KINDS) - unneeded
    assert {t for closing in closings for t in closing.all_trials} == set(TRIALS)
    used = {kind for closing in closings for kind in closing.certificates}
    assert used == set(CATALOGUE.certificates)


def test_some_requirements_stay_open_on_one_machine() -> None:
    def outside(clause: str) -> list[Requirement]:
        return [
            one
            for one in REQUIREMENTS.values()
            if one.clause == clause
            and one.nature is Nature.REQUIREMENT
            and one.closing.certificates
        ]

    needed = {kind for one in outside("8") for kind in one.closing.certificates}
    assert {"hsm-fips140-3", "hsm-pci-pts"} <= needed
    needed = {kind for one in outside("9") for kind in one.closing.certificates}
    assert {"laboratory-report", "independent-witness"} <= needed


def test_what_only_people_can_do_is_not_closed_by_a_program() -> None:
    for one in REQUIREMENTS.values():
        rooms = {CONTROLS[control].room for control in one.controls}
        if rooms == {PROVIDER}:
            assert one.closing.attested or one.closing.certificates, one.id


def test_every_trial_has_a_threat_of_its_own_and_codes_of_the_wire() -> None:
    # What is tried on a crypto module may be tried on a handset's way too, or in several ways.
    live = [trial.threat for trial in trial_register().values() if trial.seen_by != "module"]
    assert len(set(live)) == len(live)
    wire = (ROOT / "docs" / "reference" / "wire.md").read_text(encoding="utf-8")
    assert [code for code in OUTSIDE_CODES if f"`{code}`" not in wire] == []
    for trial in TRIALS.values():
        assert (set(trial.expected) <= set(OUTSIDE_CODES)) == (trial.seen_by == "handset"), trial.id


def test_sources_of_closed_lists_were_looked_up() -> None:
    # That each source belongs to a family is shown by test_sources.
    for entry, source in sources():
        groups = found.groupdict() if (found := LOOKED_UP.fullmatch(source)) else {}
        assert (groups.get("attack") or "T1404") in ATTACK_MOBILE, entry
        assert (groups.get("capec") or "2") in CAPEC, entry
        assert (groups.get("maswe") or "0001") in MASWE, entry
        assert (groups.get("clause") or "7") in CATALOGUE.clauses, entry


def test_no_text_stands_twice() -> None:
    texts = Counter(
        text.casefold()
        for entry in (*THREATS.values(), *CONTROLS.values())
        for text in (entry.title, entry.description)
    )
    texts += Counter(
        text.casefold() for one in REQUIREMENTS.values() for text in (one.title, one.text)
    )
    assert [text for text, count in texts.items() if count > 1] == []


def test_texts_are_sentences() -> None:
    for entry in (*THREATS.values(), *CONTROLS.values()):
        assert entry.description.endswith("."), entry.id
        assert not entry.title.endswith("."), entry.id
    for one in REQUIREMENTS.values():
        assert one.text.endswith("."), one.id
        assert not one.title.endswith("."), one.id


def test_what_hits_many_at_once_is_a_shock_of_its_own() -> None:
    shocks = [threat for threat in THREATS.values() if threat.shock]
    assert len(shocks) >= 5
    assert {threat.layer for threat in shocks} == set(Layer)
    for shock in shocks:
        assert len(shock.shock) >= 2, shock.id
