"""Reading a service file: what is in it arrives, and what is wrong is said, all of it, in place."""

from __future__ import annotations

from pathlib import Path

import pytest

from tallystick.describe import (
    LIKE,
    ServiceFileRefused,
    load_service,
    read_service,
    scaffold_service,
    service_facts,
)
from tallystick.ground.canonical import canonical_json
from tallystick.ground.errors import Misconfigured
from tallystick.standard.vocabulary import VOCABULARY

EXAMPLE = Path(__file__).parents[3] / "examples" / "wallet.toml"
TEXT = EXAMPLE.read_text(encoding="utf-8")


def line_of(needle: str, text: str = TEXT) -> int:
    return text[: text.index(needle)].count("\n") + 1


def refusal(text: str) -> ServiceFileRefused:
    with pytest.raises(ServiceFileRefused) as caught:
        read_service(text, "wallet.toml")
    return caught.value


def test_the_example_arrives_whole() -> None:
    service = load_service(EXAMPLE)
    assert (service.id, service.currency, service.provider.jurisdiction) == (
        "kijani-wallet",
        "KES",
        "KE",
    )
    assert [tier.name for tier in service.tiers] == ["tier1", "tier2", "merchant"]
    assert service.tiers[0].per_transaction_minor == 300_000
    assert service.operations.step_up_minor == 50_000
    assert dict(service.parameters) == {"pin.tries_max": 3}
    assert sum(handset.share_permille for handset in service.handsets) == 1000


def test_the_facts_answer_the_whole_vocabulary() -> None:
    facts = service_facts(load_service(EXAMPLE))
    assert set(facts) == set(VOCABULARY)
    assert facts["handsets.software_permille"] == 350
    assert facts["crypto_modules.certified"] is False
    assert facts["tiers.anonymous"] is True
    assert facts["data.days_max"] == 2555


def test_order_and_comments_do_not_change_the_digest() -> None:
    shuffled = TEXT.replace('modes = ["remote", "proximate"]', 'modes = ["proximate", "remote"]')
    bare = "\n".join(line.split(" #")[0] for line in shuffled.splitlines() if line[:1] != "#")
    assert read_service(bare).digest == read_service(TEXT).digest
    assert canonical_json(read_service(bare).plain()) == canonical_json(read_service(TEXT).plain())


def test_the_example_is_what_new_writes() -> None:
    assert scaffold_service("e-wallet", "Kijani Wallet") == TEXT


@pytest.mark.parametrize("like", LIKE)
def test_every_template_is_a_service(like: str) -> None:
    assert read_service(scaffold_service(like, "Some Name 2")).id == "some-name-2"


@pytest.mark.parametrize(
    ("like", "says"),
    [
        ("e-walet", 'did you mean "e-wallet"'),
    ],
)
def test_new_says_what_exists(like: str, says: str) -> None:
    with pytest.raises(Misconfigured, match=says) as caught:
        scaffold_service(like, "Kijani")
    assert "e-wallet, p2p, merchant-qr, mobile-banking" in str(caught.value)


@pytest.mark.parametrize("name", ["", "x", "9 lives", 'a"\ninjected = 1', "ä" * 5, "a" * 40])
def test_new_refuses_names_that_make_no_id(name: str) -> None:
    with pytest.raises(Misconfigured):
        scaffold_service("p2p", name)


BROKEN = [  # replaced, by, line of, says
    ('jurisdiction = "KE"', 'jurisdiction = "Kenya"', "jurisdiction", 'jurisdiction: found "Kenya"'),
    ('currency = "KES"', 'currency = "KSH"', "currency = ", 'service.currency: found "KSH"'),
    ('name = "tier2"', 'nmae = "tier2"', 'name = "tier2"', 'unknown key "nmae" (did you mean "name"?)'),
    ("share_percent = 35", "share_percent = 36", "[[handset]]", "add up to 101 percent; allowed: 100"),
    ('per_day = "10000.00"', "per_day = 10000", 'per_day = "10000', "tier[1].per_day: found 10000"),
    ('per_day = "10000.00"', 'per_day = "10 000"', 'per_day = "10000', 'tier[1].per_day: found "10 000"'),
    ('per_day = "10000.00"', 'per_day = "1.005"', 'per_day = "10000', "at most 2 decimals"),
    ('per_day = "10000.00"', 'per_day = "2000.00"', 'per_transaction = "3000', "at most 2000.00, the limit of a day"),
    ('per_transaction = "3000.00"', 'per_transaction = "0"', 'per_transaction = "3000', "found zero"),
    ('witness = "self"', 'witness = "myself"', "witness = ", 'did you mean "self"'),
    ('"remote_p2p", ', '"remote_p2p", "remote_p2p", ', "services = [", "stands twice"),
    ('modes = ["remote", "proximate"]', 'modes = ["remote"]', "modes = ", "merchant_qr is offered without proximate"),
    ('evidence = "verified_identity"', 'evidence = "none"', 'per_transaction = "70000', 'as "tier1" has shown more'),
    ("customers = 120_000", "customers = 0", "customers = ", "a whole number from 1 to"),
    ("customers = 120_000", "customers = true", "customers = ", "found true"),
    ('annual_loss_95 = "87000000.00"', 'annual_loss_95 = "200000000.00"', "annual_loss_95", "milder"),
    ('step_up = "500.00" ', 'step_up = "500000.00" ', "step_up = ", "the largest tier's limit"),
    ("pin.tries_max = 3", "pin.trys_max = 3", "pin.tries_max", 'did you mean "tries_max"'),
    ("pin.tries_max = 3", "pin = 3", "pin.tries_max", "parameters.pin: found 3"),
    ('kind = "kyc" ', 'kind = "identity" ', "[[data]]", "none are kept"),
    ('[service]\nname = "Kijani Wallet"', "[service]\nname = ' '", 'name = "Kijani Wallet"\n', "service.name"),
    ('id = "kijani-wallet" ', 'id = "Kijani Wallet" ', 'id = "kijani-wallet" ', "1 to 31 of a-z 0-9 -"),
]  # fmt: skip


@pytest.mark.parametrize(("old", "new", "place", "says"), BROKEN)
def test_a_mistake_is_named_with_its_line(old: str, new: str, place: str, says: str) -> None:
    assert TEXT.count(old) >= 1
    said = str(refusal(TEXT.replace(old, new, 1)))
    assert says in said
    assert f"wallet.toml:{line_of(place)}: " in said
    assert "; allowed: " in said


def test_all_mistakes_are_told_together_in_the_order_of_the_file() -> None:
    broken = TEXT
    for old, new in [("KE", "K"), ("nce = 35", "nce = 1"), ("tee", "tea"), ('"self"', '"me"')]:
        broken = broken.replace(
            f'= "{old}"' if old.isalpha() else old, f'= "{new}"' if old.isalpha() else new, 1
        )
    problems = refusal(broken).problems
    assert len(problems) == 3
    lines = [int(problem.split(":")[1]) for problem in problems]
    assert lines == sorted(lines)


def test_an_empty_file_says_everything_that_is_missing() -> None:
    said = str(refusal(""))
    for table in ("provider", "service", "handset", "tier", "volumes", "appetite", "operations"):
        assert f"{table}: is missing" in said


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("a = ", "wallet.toml:1: not TOML"),
        ('x = 1\ny = "open', "wallet.toml:2: not TOML"),
        ("a = " + "[" * 5000, "nested too deeply"),
        ("a = " + "9" * 5000, "not TOML"),
        ("\ufeffa = 1", "byte order mark"),
        ("x" * (512 * 1024 + 1), "too long"),
    ],
)
def test_what_is_not_toml_is_refused(text: str, says: str) -> None:
    with pytest.raises(Misconfigured, match=says):
        read_service(text, "wallet.toml")


def test_a_number_of_many_digits_is_not_repeated() -> None:
    said = str(refusal(TEXT.replace("120_000", "0x" + "f" * 9000)))
    assert "a number of too many digits" in said
    assert len(said) < 400


def test_files_that_cannot_be_read_are_refused(tmp_path: Path) -> None:
    with pytest.raises(Misconfigured, match="No such file"):
        load_service(tmp_path / "none.toml")
    latin = tmp_path / "latin.toml"
    latin.write_bytes(b"a = 1\nb = '\xe9'\n")
    with pytest.raises(Misconfigured, match=r"latin.toml:2: not UTF-8"):
        load_service(latin)
    long = tmp_path / "long.toml"
    long.write_bytes(b"#" * (512 * 1024 + 1))
    with pytest.raises(Misconfigured, match="too long"):
        load_service(long)
