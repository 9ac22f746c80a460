"""Attacks on name screening: a listed party under other spellings."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from functools import partial

from tallystick.ground.facts import PARTIES_CLEAR
from tallystick.handset import Answer, Order
from tallystick.protect.screening import ListEntry, NameList
from tallystick.trials import forging
from tallystick.trials.bout import Bout
from tallystick.trials.cast import IBAN, Player
from tallystick.trials.result import CannotRun
from tallystick.trials.seen import Seen

DECLINED, LISTED = "payment.declined", "parties.listed"
ENTRIES = 3
TRANSFER, REGISTER = "banking.transfer", "customer.register"
LOOKALIKES = str.maketrans("aeopcxy", "аеорсху")
"""Latin letters and the Cyrillic ones that look the same."""
MARKED = str.maketrans("aeiou", "áèîöū")


def pay_listed(bout: Bout) -> None:
    """A listed party is paid, and asks to become a customer, under other spellings."""
    listed = _listed(bout.place.names)
    screened = {
        operation
        for operation in (TRANSFER, REGISTER)
        if PARTIES_CLEAR in bout.policy.operation(operation).facts
    }
    if not screened:
        raise CannotRun("the policy does not screen names")
    payer = bout.cast.payer(minor=10 * bout.cast.unit_minor)
    if TRANSFER in screened and bout.cast.offers(TRANSFER):
        bout.control(payer.handset.send(_transfer(bout, payer, "Zawadi Muthoni")))
        with bout.unmoved(payer):
            for name in (name for entry in listed for name in variants(entry)):
                order = _transfer(bout, payer, name)
                bout.refused(f"paying {name}", partial(forging.post_order, payer.handset, order),
                             outside=DECLINED, inside=LISTED)  # fmt: skip
    if REGISTER in screened:
        for name in (name for entry in listed for name in variants(entry)):
            bout.refused(f"registering {name}", partial(_register, bout, name), outside=DECLINED,
                         inside=LISTED)  # fmt: skip


def variants(entry: ListEntry) -> Iterator[str]:
    """Spellings of one listed party that a person would still read as that party."""
    name = entry.names[0].name
    words = name.split()
    yield name
    yield name.upper()
    yield " ".join(reversed(words))
    yield f"{words[-1].upper()}, {' '.join(words[:-1])}"
    yield name.translate(MARKED)
    yield name.translate(LOOKALIKES)
    yield unicodedata.normalize("NFD", name.translate(MARKED))
    yield "".join(chr(ord(c) + 0xFEE0) if "!" <= c <= "~" else c for c in name)
    yield name.replace(" ", "-")
    yield f"Mr. {name}"
    yield _one_letter_doubled(name)
    yield _two_letters_exchanged(name)
    for alias in entry.names[1:]:
        if not alias.weak:
            yield alias.name


def _one_letter_doubled(name: str) -> str:
    """The third letter of the longest word stands twice."""
    word = max(name.split(), key=len)
    return name.replace(word, word[:3] + word[2:])


def _two_letters_exchanged(name: str) -> str:
    word = max(name.split(), key=len)
    middle = len(word) // 2
    return name.replace(word, word[:middle] + word[middle + 1] + word[middle] + word[middle + 2 :])


def _listed(names: NameList | None) -> list[ListEntry]:
    """The first persons of the list with long Latin names. Refuses: CannotRun."""
    if names is None:
        raise CannotRun("needs the screening list")
    found = [
        entry
        for entry in names.entries
        if entry.type == "person"
        and entry.names[0].name.isascii()
        and len(entry.names[0].name.split()) >= 2
        and len(max(entry.names[0].name.split(), key=len)) >= 6
    ]
    if not found:
        raise CannotRun("the list has no name to vary")
    return found[:ENTRIES]


def _transfer(bout: Bout, payer: Player, name: str) -> Order:
    """A signed order to a bank account in any name, printable or not."""
    payee = Player(handset=payer.handset, name="Zawadi Muthoni", account=IBAN, pin=payer.pin,
                   wrong_pin=payer.wrong_pin)  # fmt: skip
    order = bout.cast.order(payer, payee, bout.cast.unit_minor, operation=TRANSFER)
    said = forging.transaction(order)
    said["payload"]["payee"]["name"] = name
    return forging.signed_order(payer.handset, order, forging.encode(said))


def _register(bout: Bout, name: str) -> Seen:
    answer: Answer = bout.cast.register(name, role="customer", tier=bout.cast.small.tier)
    return Seen(code=answer.code, status=200, answer=answer)
