"""What a match says, and what birth date, country and the quality of an alias change."""

from __future__ import annotations

import pytest

from tallystick.ground.errors import Defect, Misconfigured
from tallystick.protect.screening import (
    ListedName,
    ListEntry,
    ListVersion,
    NameUnscreenable,
    Party,
    PartyListed,
    ScreeningIndex,
    check_parties,
)

VERSION = ListVersion(list="test", version="7", digest="sha256:00")


def entry(uid: str, name: str, *, weak: str = "", **known: tuple[str, ...]) -> ListEntry:
    names = (ListedName(name=name), *([ListedName(name=weak, weak=True)] if weak else []))
    return ListEntry(uid=uid, type="person", names=names, **known)


def index_of(*entries: ListEntry, match_permille: int = 850) -> ScreeningIndex:
    return ScreeningIndex.build(entries, version=VERSION, match_permille=match_permille)


ORLAN = entry("T-1", "Orlan Teshko", weak="The Smith", born=("1961-03-04",), countries=("EE",))


def test_evidence_says_which_token_matched_which_and_why() -> None:
    match = index_of(ORLAN).screen("teshkoo, orlan")[0]
    assert [(t.asked, t.listed, t.why) for t in match.evidence] == [
        ("orlan", "orlan", "exact"),
        ("teshkoo", "teshko", "edit-1"),
    ]
    assert (match.permille, match.name_permille) == (971, 971)


@pytest.mark.parametrize(
    ("born", "country", "permille", "reasons"),
    [
        (None, None, 950, ()),
        ("1961-03-04", "EE", 980, ("born:same", "country:same")),
        ("1961-04-03", None, 970, ("born:same",)),
        ("1961", None, 970, ("born:same",)),
        ("1963-01-01", "KE", 930, ("born:near", "country:differs")),
        ("1990-01-01", "KE", 870, ("born:differs", "country:differs")),
    ],
)
def test_what_else_is_known_confirms_or_lowers(born, country, permille, reasons) -> None:
    match = index_of(ORLAN).screen("Orlam Teshka", born, country)[0]
    assert (match.name_permille, match.permille, match.qualifiers) == (950, permille, reasons)


def test_a_claimed_birth_date_never_clears_an_exact_name() -> None:
    assert index_of(ORLAN).screen("Orlan Teshko", "1999-09-09", "ZW")[0].permille == 920
    assert index_of(ORLAN).screen("The Smith", "1999-09-09", "ZW")[0].permille == 860


def test_a_known_birth_date_lifts_a_name_over_the_threshold() -> None:
    index = index_of(entry("T-2", "Ana Bela Corvina Destrago", born=("1970",)), match_permille=900)
    assert index.screen("Corvina Destrago") == ()
    assert index.screen("Corvina Destrago", "1974-05-05") == ()
    match = index.screen("Corvina Destrago", "1970-05-05")[0]
    assert (match.name_permille, match.permille) == (888, 908)


def test_one_word_is_not_a_name_unless_it_is_the_whole_name() -> None:
    index = index_of(entry("T-3", "Falconer"), ORLAN)
    assert index.screen("Falconer")
    assert not index.screen("Peter Falconer")
    assert not index.screen("Teshko")


def test_a_common_word_hides_nobody_behind_an_initial() -> None:
    crowd = [entry(f"C-{i}", f"Abe{'xyz'[i % 3]}{i:03d} Minosha") for i in range(120)]
    listed = index_of(*crowd, entry("T-4", "Jaromir Minosha"), entry("T-5", "T. Minosha"))
    assert [m.uid for m in listed.screen("J. Minosha")] == ["T-4"]
    assert [m.uid for m in listed.screen("Teodor Minosha")] == ["T-5"]
    assert [m.uid for m in listed.screen("Jaromir Minosha")] == ["T-4"]


def test_words_written_apart_are_found_by_their_sound_alone() -> None:
    index = index_of(entry("T-6", "Abd Ullah"), entry("T-7", "Shirinkhel"))
    assert [m.uid for m in index.screen("Abdulah")] == ["T-6"]
    assert [m.uid for m in index.screen("Shirin Khel")] == ["T-7"]
    assert [m.uid for m in index.screen("Shirrin Khel")] == ["T-7"]


@pytest.mark.parametrize("name", ["", " ", "🙂 …", "\u200b\u2060", "a" * 141, "a " * 40, "ﷺ" * 141])
def test_a_name_that_cannot_be_compared_is_not_clear(name: str) -> None:
    with pytest.raises(NameUnscreenable) as refused:
        index_of(ORLAN).screen(name)
    assert refused.value.outside == "payment.declined"


@pytest.mark.parametrize("permille", [0, 699, 1001])
def test_a_threshold_at_which_retrieval_is_not_complete_is_refused(permille: int) -> None:
    with pytest.raises(Misconfigured):
        index_of(ORLAN, match_permille=permille)


def test_clear_parties_leave_the_edition_of_the_list() -> None:
    parties = (Party(role="payer", name="Amina Okafor"), Party(role="payee", name="Li Wei"))
    assert check_parties(index_of(ORLAN), parties) == {
        "list": "test",
        "list_version": "7",
        "list_digest": "sha256:00",
        "match_permille": 850,
        "screened": 2,
    }


def test_a_listed_party_is_refused_with_one_word_outside_and_no_name_inside() -> None:
    with pytest.raises(PartyListed) as refused:
        check_parties(
            index_of(ORLAN),
            (Party(role="payer", name="Li Wei"), Party(role="payee", name="Orlan Teshka")),
        )
    assert refused.value.outside == "payment.declined"
    assert refused.value.detail["party"] == "payee"
    assert refused.value.detail["entry"] == "T-1"
    assert refused.value.detail["tokens"] == "exact edit-1"
    said = f"{refused.value} {refused.value.detail}".lower()
    assert "orlan" not in said
    assert "teshk" not in said


def test_screening_nobody_is_our_fault() -> None:
    with pytest.raises(Defect):
        check_parties(index_of(ORLAN), ())
