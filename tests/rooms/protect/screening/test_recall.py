"""The example list is found again under the spellings that people and evaders use."""

from __future__ import annotations

from pathlib import Path

import pytest

from tallystick.protect.screening import ScreeningIndex, read_name_list

LIST = Path(__file__).parents[4] / "examples/lists/example-list.jsonl"

VARIANTS = [  # what is written, who is meant, what was done to it
    ("ORLAN DRAVIK TESHKO", "EX-0001", "capitals"),
    ("Teshko, Orlan Dravik", "EX-0001", "order"),
    ("Orlan Teshko", "EX-0001", "middle name left out"),
    ("Orlan D. Teshko", "EX-0001", "initial"),
    ("Orlen Dravic Teshko", "EX-0001", "two letters"),
    ("Oraln Dravik Tehsko", "EX-0001", "letters swapped"),
    ("Orlan-Dravik Teshko", "EX-0001", "hyphen"),
    ("Orlаn Drаvik Tеshko", "EX-0001", "Cyrillic look-alikes"),
    ("Оrlаn Теshkо", "EX-0001", "Cyrillic look-alikes, capitals too"),
    ("0rlan Teshk0", "EX-0001", "digits for letters"),
    ("Or\u200blan Tesh\u00adko", "EX-0001", "invisible characters"),
    ("Ｏｒｌａｎ Ｔｅｓｈｋｏ", "EX-0001", "full width"),
    ("𝐎𝐫𝐥𝐚𝐧 𝐓𝐞𝐬𝐡𝐤𝐨", "EX-0001", "mathematical letters"),
    ("Örlàn Tėšhkö", "EX-0001", "accents"),
    ("Тешко Орлан", "EX-0001", "Cyrillic"),
    ("Mr. Orlan Teshko Jr.", "EX-0001", "titles"),
    ("Velimira Stankorowa", "EX-0002", "v and w"),
    ("Велимира Станкорова", "EX-0002", "Cyrillic"),
    ("Khaldoun Abdulmazrifi", "EX-0003", "written together"),
    ("Khaldun Almazrifi", "EX-0003", "particle written together"),
    ("Haldun al-Mazrify", "EX-0003", "romanised otherwise"),
    ("خلدون المزريفي", "EX-0003", "Arabic"),
    ("خَلدون المزريفى", "EX-0003", "Arabic with vowel signs and another ya"),
    ("Tharwin Mohammed Qasbari", "EX-0004", "Mohammed for Muhammad"),
    ("Tarwin Kasbari", "EX-0004", "sounds alike"),
    ("Yousef Idrison Belgara", "EX-0005", "doubled letters dropped"),
    ("Mr. Yusuf Belgarra", "EX-0005", "middle name left out, title"),
    ("Νίκανδρος Πελαγιώτης", "EX-0006", "Greek"),
    ("Nicandros Pelagiotes", "EX-0006", "romanised otherwise"),
    ("Ferdinando Ostrobuono", "EX-0008", "one letter"),
    ("Jacques Aubin Mercelier", "EX-0009", "doubled letter dropped"),
    ("Dieudonné M’Balakuru", "EX-0010", "apostrophe"),
    ("Wafulany Odiambo", "EX-0011", "order and letters"),
    ("Nakiriowa Semubende", "EX-0012", "letters"),
    ("Mamadu Lamin Fofandiaye", "EX-0014", "letters"),
    ("Zodwa Nkosi Bande", "EX-0015", "written apart"),
    ("ተስፋለም ገብረቅዱሳን", "EX-0016", "Ethiopic"),
    ("Gul Badan Shirinkhel", "EX-0020", "half written apart"),
    ("Hekmatyar Nazarbegi", "EX-0021", "one letter"),
    ("Batzorig Temurkhangay", "EX-0022", "accent and letter"),
    ("李振武国", "EX-0023", "Han"),
    ("박현석도", "EX-0024", "Hangul"),
    ("Nguyen Thanh Vuong Mai", "EX-0025", "written apart"),
    ("Esteban Quirolansa", "EX-0029", "alias, one letter"),
    ("Joao Batistella Ferramundo", "EX-0030", "accent and letter"),
    ("Torvald Skjelbreidsen", "EX-0032", "alias"),
    ("Asa Lovisa Groenhammarsdal", "EX-0033", "oe for ö"),
    ("Jozef Wyrzybrodski", "EX-0034", "letter"),
    ("Bogdana Kryvoshliapets", "EX-0035", "romanised otherwise"),
    ("Ardashir Kuhestani Pur", "EX-0038", "written apart"),
    ("Hovhannes Artsvadzoryan", "EX-0040", "letter"),
    ("Salma Harun Zafrani", "EX-0043", "particles left out"),
    ("Musa Ould Sidi Brahim", "EX-0044", "sounds alike"),
    ("Falconer", "EX-0046", "single name"),
    ("Velmora Maritime Trading LLC", "EX-0047", "another legal form"),
    ("Golden Heron Exchange", "EX-0048", "legal form left out"),
    ("Nordlicht Prazisionswerke", "EX-0049", "accent"),
    ("Kivu Sun Rise Comptoir", "EX-0056", "written apart"),
    ("Blak Kestrel Aviation", "EX-0058", "letter"),
]

OTHER_PEOPLE = [
    "Amina Okafor", "John Smith", "Mohammed Ali", "Fatima Hassan", "Maria Garcia", "Wanjiku Kamau",
    "David Mwangi", "Jean-Pierre Mukendi", "Peter Falconer", "Nguyen Thi Mai", "Ravindar Singh",
    "Yusuf Ibrahim", "Kwabena Mensah", "Salma Said", "Park Ji Sung", "Li Wei", "Esteban Ibarra",
    "Golden Mango Ltd", "Acacia Foundation", "Black Aviation", "Mama Njeri Shop",
    "Grace Achieng Odhiambo", "Moussa Sidibe", "Lindiwe Dlamini", "Mamadou Diallo", "Olga Petrova",
    "Маrіа Іvаnоvа", "Γιώργος Παπαδόπουλος", "محمد علي", "王小明", "General Trading Company Limited",
    "Kivu Market", "Joao Silva", "Batbayar Ganbold", "Selahattin Yilmaz", "Heron Maritime Ltd",
]  # fmt: skip


@pytest.fixture(scope="module")
def index() -> ScreeningIndex:
    listed = read_name_list(LIST.read_bytes(), where=LIST.name)
    return ScreeningIndex.build(listed.entries, version=listed.version, match_permille=850)


@pytest.mark.parametrize(("written", "uid", "how"), VARIANTS)
def test_a_listed_party_is_found_under_a_variant(index, written, uid, how) -> None:
    matches = index.screen(written)
    assert [m.uid for m in matches][:1] == [uid], how
    assert matches[0].evidence


@pytest.mark.parametrize("name", OTHER_PEOPLE)
def test_somebody_else_is_clear(index, name: str) -> None:
    assert index.screen(name) == ()


def test_every_listed_name_finds_its_own_entry(index) -> None:
    for entry in read_name_list(LIST.read_bytes(), where=LIST.name).entries:
        for listed in entry.names:
            assert entry.uid in [m.uid for m in index.screen(listed.name)], listed
