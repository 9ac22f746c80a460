"""What is wrong in a data file is refused, with the file and the entry."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tallystick.ground.canonical import canonical_json, digest_of
from tallystick.ground.errors import Misconfigured
from tallystick.standard import Nature, load_catalogue, read_catalogue
from tallystick.standard.loading import DATA, extend_catalogue

REPLAY = 'id = "T-MSG-REPLAY"'
BIND = 'id = "C-DEV-BIND"'

BROKEN = [  # file, text there, text instead, what the error says
    ("threats/messages.toml", REPLAY, REPLAY + "\nrate = 1", "unknown key 'rate'"),
    ("threats/messages.toml", REPLAY, 'id = "T-msg"', "T-msg: id is 'T-msg'"),
    ("threats/messages.toml", REPLAY, "id = 7", "a threat without id"),
    ("threats/messages.toml", REPLAY, 'id = "T-STRUCTURING"', "T-STRUCTURING stands in "),
    ("threats/messages.toml", REPLAY, 'id = "T-MSG-AGAIN"', "'T-MSG-REPLAY' is no threat"),
    ("threats/messages.toml", "frequency = [100, 400]", "frequency = [400, 100]", "frequency is"),
    ("threats/messages.toml", "frequency = [100, 400]", "frequency = [0, 400]", "frequency is"),
    ("threats/messages.toml", "frequency = [100, 400]", "", "frequency is missing"),
    ("threats/messages.toml", 'scale = "service"', 'scale = "week"', "scale is 'week'"),
    ("threats/messages.toml", 'base = "transaction"', 'base = "penny"', "base is 'penny'"),
    ("threats/messages.toml", 'cap = "transaction_limit"', 'cap = "sky"', "cap is 'sky'"),
    ("threats/messages.toml", 'layer = "application"', 'layer = "cellar"', "layer is 'cellar'"),
    ("threats/messages.toml", 'has "internet"', 'has "telex"', "channels is never 'telex'"),
    ("threats/messages.toml", "needs = 'channels", "needs = 'chanels", "'chanels'"),
    ("threats/messages.toml", 'hits = ["money", "messages"]', 'hits = ["hat"]', "hits is 'hat'"),
    ("threats/messages.toml", 'sources = ["CAPEC-60"]', "sources = []", "sources is []"),
    ("threats/messages.toml", '["CAPEC-60"]', '["CAPEC 60"]', "T-MSG-REPLAY: 'CAPEC 60' is no id"),
    ("threats/back_office.toml", "accepted = ", "excused = ", "unknown key 'excused'"),
    ("threats/back_office.toml", "accepted = ", 'accepted = ""  # ', "accepted is ''"),
    ("threats/back_office.toml", "accepted = ", "# ", "has an effect on T-TRAFFIC-SEEN"),
    ("threats/messages.toml", 'clause = "7.1"', 'clause = "15"', "'15' is no clause"),
    ("threats/messages.toml", "[[threat]]\n" + REPLAY, "[[thread]]\n" + REPLAY, "found ['thr"),
    ("threats/messages.toml", "[[threat]]\n" + REPLAY, "[[threat\n" + REPLAY, "not TOML"),
    ("threats/shocks.toml", "T-MAL-OVERLAY = [0.4, 3]", "T-HAT = [1, 2]", "'T-HAT' is no threat"),
    ("threats/shocks.toml", "T-MAL-OVERLAY =", "T-SHOCK-MALWARE =", "'T-SHOCK-MALWARE' is no th"),
    ("threats/shocks.toml", "T-MAL-OVERLAY =", "T-SHOCK-CLOUD =", "T-SHOCK-CLOUD is a shock"),
    ("threats/shocks.toml", "= [0.4, 3]", "= [3, 0.4]", "shock.T-MAL-OVERLAY is [3, 0.4]"),
    ("threats/shocks.toml", "= [0.4, 3]", "= [nan, 3]", "shock.T-MAL-OVERLAY is [nan, 3]"),
    ("threats/shocks.toml", "= [0.4, 3]", "= 3", "shock.T-MAL-OVERLAY is 3"),
    ("countermeasures/devices.toml", BIND, 'id = "C-DEV-TIE"', "'C-DEV-BIND' is no counterm"),
    ("countermeasures/devices.toml", BIND, BIND + '\nrequires = ["C-SESSION-PROOF"]',
     "circle: C-DEV-BIND requires C-SESSION-PROOF, which requires C-DEV-BIND"),
    ("countermeasures/devices.toml", BIND, BIND + "\nwhy = 7", "why is 7"),
    ("countermeasures/devices.toml", '"protect/devices"', '"protect/cellar"', "is no room"),
    ("countermeasures/devices.toml", '"device.authenticated"', '"device.nice"', "'device.nice'"),
    ("countermeasures/devices.toml", '"*" =', '"tea.make" =', "'tea.make'"),
    ("countermeasures/devices.toml", '"challenge.lifetime_s"', '"challenge.days"', "'challenge.d"),
    ("countermeasures/devices.toml", '"challenge.lifetime_s" = 20', '"grant.lifetime_s" = 20',
     "C-DEV-BIND sets grant.lifetime_s too"),
    ("countermeasures/devices.toml", "T-CHALLENGE-STALE = [0.95, 0.99]",
     "T-CHALLENGE-STALE = [0.95, 1.0]", "effects.T-CHALLENGE-STALE is [0.95, 1.0]"),
    ("countermeasures/devices.toml", "build_days = 25", "build_days = 2.5", "build_days is 2.5"),
    ("countermeasures/customers.toml", '["structuring"', '["structure"', "'structure'"),
    ("countermeasures/books.toml", 'excludes = ["C-KEY-HSM"]', "", "C-KEY-SOFTWARE does not ex"),
    ("requirements/people.toml", 'id = "R-B-01"', 'id = "R-14-99"', "the clause in the id"),
    ("requirements/people.toml", '["customer.registered"]', '["hat"]', "facts is 'hat'"),
    ("requirements/people.toml", '["listed-payee-variant"]', '["hat"]', "'hat' is no trial"),
    ("requirements/people.toml", '["privacy-audit"]', '["hat"]', "'hat' is no kind of certificate"),
    ("requirements/people.toml", '["C-TIER-LIMITS"]', '["C-HAT"]', "'C-HAT' is no countermeasure"),
    ("requirements/people.toml", "closing.attested = true", "closing.attested = 1", "attested is 1"),
    ("requirements/people.toml", "closing.attested = true", "", "that nothing can close"),
    ("requirements/management.toml", 'nature = "description"', 'nature = "requirement"',
     "that nothing can close"),
    ("requirements/management.toml", 'nature = "requirement"', 'nature = "description"',
     "that something closes"),
    ("trials.toml", 'threat = "T-MSG-REPLAY"', 'threat = "T-HAT"', "'T-HAT' is no threat"),
    ("trials.toml", '["message.refused"]', '["hat"]', "expected is 'hat'"),
    ("clauses.toml", 'number = "14"', 'number = "15"', "number is '15'"),
    ("certificates.toml", "title", "titel", "title is missing"),
    ("rooms.toml", "does", "dose", "does is missing"),
]  # fmt: skip


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return Path(shutil.copytree(DATA, tmp_path / "data"))


@pytest.mark.parametrize(("name", "there", "instead", "says"), BROKEN)
def test_a_broken_entry_is_refused(
    folder: Path, name: str, there: str, instead: str, says: str
) -> None:
    file = folder / name
    text = file.read_text(encoding="utf-8")
    assert there in text
    file.write_text(text.replace(there, instead, 1), encoding="utf-8")
    with pytest.raises(Misconfigured) as caught:
        read_catalogue(folder)
    assert says in str(caught.value)
    assert ".toml" in caught.value.where


OWN_THREAT = """
[[threat]]
id = "T-DEV-LOST"
overrides = true
"""

OWN_BROKEN = [
    (OWN_THREAT + r'title = "\u001b[31mRED"', ["own.toml, T-DEV-LOST", "title is", "control char"]),
    (OWN_THREAT + r'shock = { "T-\u001b[1m" = [1, 2] }', ["T-DEV-LOST", "a key of shock is"]),
    (r"[[threat]]" "\n" r'id = "T-\u0000' + "A" * 500 + '"', ["own.toml, T-?AAA", "…"]),
    ("threat = [1]", ["own.toml, threat 1: found 1", "allowed: a table"]),
    ("[[countermeasure]]\n", ["own.toml, countermeasure 1: a countermeasure without id"]),
    ("step = [1, 2]", ["own.toml, step 1: found 1", "allowed: a table"]),
    ("[[step]]\n", ["own.toml, step 1: threat is missing"]),
    (
        '[[step]]\nthreat = "T-DEV-LOST"\nfrom = "outside"\nto = "customer"\n[[step]]\nthreat = 5\n',
        ["own.toml, step 2: 5 is no threat", "allowed: the id of a threat"],
    ),
]


@pytest.mark.parametrize(("text", "parts"), OWN_BROKEN)
def test_a_broken_entry_of_an_owner_is_told_with_file_and_entry(
    text: str, parts: list[str]
) -> None:
    with pytest.raises(Misconfigured) as refused:
        extend_catalogue((("own.toml", text),))
    said = str(refused.value)
    assert all(part in said for part in parts), said
    assert said.isprintable()
    assert len(said) < 400


def test_a_missing_file_is_refused(folder: Path) -> None:
    (folder / "trials.toml").unlink()
    with pytest.raises(Misconfigured, match=r"^trials\.toml: the data file is not there"):
        read_catalogue(folder)


def test_the_catalogue_is_read_once_and_cannot_be_changed() -> None:
    catalogue = load_catalogue()
    assert load_catalogue() is catalogue
    with pytest.raises(TypeError):
        catalogue.threats["T-MSG-REPLAY"] = catalogue.threats["T-MSG-OVERSIZE"]  # type: ignore[index]
    threat = catalogue.threats["T-MSG-REPLAY"]
    assert threat.id == "T-MSG-REPLAY"
    assert catalogue.requirements["R-5-01"].nature is Nature.DESCRIPTION


def test_the_digest_is_over_the_whole_content(folder: Path) -> None:
    catalogue = load_catalogue()
    assert catalogue.digest == digest_of(catalogue.plain())
    assert b"." in canonical_json(catalogue.plain())
    assert read_catalogue(folder).digest == catalogue.digest
    file = folder / "countermeasures" / "devices.toml"
    text = file.read_text(encoding="utf-8")
    file.write_text(text.replace("[0.95, 0.99]", "[0.95, 0.990001]", 1), encoding="utf-8")
    assert read_catalogue(folder).digest != catalogue.digest


def test_comments_and_order_of_files_do_not_matter(folder: Path) -> None:
    (folder / "threats" / "messages.toml").rename(folder / "threats" / "zzz.toml")
    assert read_catalogue(folder).digest == load_catalogue().digest
