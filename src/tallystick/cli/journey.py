"""One real payment on a platform of its own: everything that `walk` tells about."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

import httpx

from tallystick.assembly import Platform, open_platform, read_tallies, read_transfer
from tallystick.cli.rehearsal import APPLICATION, tiers_by_size
from tallystick.cli.showing import money
from tallystick.cli.waypoints import PAYMENTS
from tallystick.decide.policy import OperationRule, SecurityPolicy
from tallystick.ground.clock import SystemClock
from tallystick.ground.errors import Defect, Misconfigured
from tallystick.ground.facts import TRANSFER_POSTED
from tallystick.ground.money import Amount
from tallystick.ground.secret import Secret
from tallystick.handset import Answer, Handset, Order, confirm_all, read_pin
from tallystick.protect.enforcement import TransferRow
from tallystick.protect.screening import NameList, read_name_list
from tallystick.prove.evidence import Witnessed
from tallystick.serve import serving

PAYER, PAYEE, MERCHANT = "Ada Wanjiru", "Ben Otieno", "Zawadi Corner Shop"
PIN_DIGITS, WRONG_DIGITS = "258014703692", "741036925814"
BANK = "KE910001234567890"
REFUSALS = {
    "wrong-pin": "customer.not_verified",
    "over-limit": "tier.exceeded",
    "listed": "payment.declined",
}
Say = Callable[[str, str], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What a walk is to show: the payment, its amount, and the code that is expected."""

    payment: str
    rule: OperationRule
    amount: Amount
    pin: str | None
    expected: str
    listed: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Walked:
    """One payment as both sides know it; `posting` is None when nothing was posted."""

    asked: Asked
    answer: Answer
    entry: Witnessed
    posting: TransferRow | None
    sent: int
    received: int
    path: str
    took_ms: int
    verifier: str


@dataclass(slots=True)
class Wire(httpx.BaseTransport):
    """The network, and what an edge sees of the newest message: where to, and how long."""

    inner: httpx.BaseTransport = field(default_factory=httpx.HTTPTransport)
    path: str = ""
    sent: int = 0
    received: int = 0

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        response = self.inner.handle_request(request)
        if request.url.path == "/v1/messages":
            self.path, self.sent = request.url.path, len(request.read())
            self.received = len(response.read())
        return response

    def close(self) -> None:
        self.inner.close()


@dataclass(frozen=True, slots=True, kw_only=True)
class _Person:
    name: str
    account: str
    qr: str | None
    handset: Handset


def choose(
    policy: SecurityPolicy, wanted: str | None, *, amount: Amount | None, refuse: str | None
) -> Asked:
    """What exactly is to be paid under this policy, by default in the first way that it offers.

    Refuses: Misconfigured when it cannot be.
    """
    offered = [word for word, kind in PAYMENTS.items() if _customers_may(policy, kind)]
    if not offered:
        raise Misconfigured("the service moves no money for customers")
    payment = wanted or offered[0]
    if payment not in offered:
        raise Misconfigured(
            f"the service offers no such payment: {payment}",
            where="--payment",
            allowed=", ".join(offered),
        )
    rule = policy.operation(PAYMENTS[payment])
    limits = policy.tiers[tiers_by_size(policy)[0]]
    most = min(limits.per_transaction_minor, rule.amount_max_minor["software"])
    if amount is None:
        minor = {
            "over-limit": limits.per_transaction_minor + 1,
            "wrong-pin": max(rule.step_up_minor or 0, most // 2),
        }.get(refuse or "", max(1, most // 2))
        amount = Amount(minor=minor, currency=policy.currency)
    asks_pin = rule.step_up_minor is not None and amount.minor >= rule.step_up_minor
    if refuse == "wrong-pin" and not asks_pin:
        raise Misconfigured("the policy asks for no PIN here", where="--refuse", allowed="listed")
    if refuse == "listed" and not policy.has("C-SCREEN-NAMES"):
        raise Misconfigured("the policy screens no names", where="--refuse", allowed="over-limit")
    digits = max(4, policy.parameters.get("pin.digits_min", 4))
    pin = (WRONG_DIGITS if refuse == "wrong-pin" else PIN_DIGITS)[:digits] if asks_pin else None
    expected = REFUSALS[refuse] if refuse else "ok"
    if refuse == "over-limit" and amount.minor > rule.amount_max_minor["software"]:
        expected = "environment.cap"  # the handset's own limit is asked for first
    return Asked(
        payment=payment,
        rule=rule,
        amount=amount,
        pin=pin,
        expected=expected,
        listed=refuse == "listed",
    )


def _customers_may(policy: SecurityPolicy, kind: str) -> bool:
    return kind in policy.operations and "customer" in policy.operations[kind].roles


def make_payment(
    policy: SecurityPolicy, asked: Asked, *, home: Path, names: Path, say: Say
) -> Walked:
    """Open a platform, take people on, issue e-money, and make the one payment.

    `names` is the screening list. A payee who is to be listed is put on it between being taken on
    and being paid, as happens to customers.
    Refuses: Misconfigured for the list; Defect when what comes before the payment is refused.
    """
    octets = _read(names)
    listed = read_name_list(octets, where=str(names))
    with closing(Wire()) as wire:
        with _open(policy, home, listed) as (platform, url):
            people = _People(policy, platform, url, home=home, wire=wire)
            say("platform", f"real books in a home of its own, open at {url}")
            say("crypto module", "another process; only it opens messages and PINs")
            payer, payee = people.payer(), people.payee(asked.payment)
            say("handsets", f"{payer.name} and {payee.name}: keys made, PIN set, devices bound")
            funds = people.fund(payer)
            say("funds", f"{funds} confirmed at the bank and issued to {payer.name}")
            if not asked.listed:
                return _pay(asked, payer, payee, home=home, wire=wire, say=say)
        extended = _with_entry(octets, payee.name, where=str(names))
        with _open(policy, home, extended, port=urlsplit(url).port or 0):
            say("list", f"{payee.name} was listed since: a new version of the list is in force")
            return _pay(asked, payer, payee, home=home, wire=wire, say=say)


def _pay(
    asked: Asked, payer: _Person, payee: _Person, *, home: Path, wire: Wire, say: Say
) -> Walked:
    shown: list[str] = []

    def confirm(text: str) -> bool:
        shown.append(text)
        return confirm_all(text)

    payer.handset.confirm = confirm
    payer.handset.open_session()
    order = _order(asked, payer.handset, payee)
    say("shown", " | ".join(" ".join(line.split()) for line in shown[0].splitlines() if line))
    say("signed", "exactly what was shown" + (", the PIN sealed with it" * bool(asked.pin)))
    start = time.perf_counter()
    answer = payer.handset.send(order)
    took_ms = round((time.perf_counter() - start) * 1000)
    (entry, *_) = read_tallies(home, after=answer.index)
    posted = [fact for fact in entry.facts if fact.kind == TRANSFER_POSTED]
    return Walked(
        asked=asked,
        answer=answer,
        entry=entry,
        posting=read_transfer(home, str(posted[0].detail["transfer"])) if posted else None,
        sent=wire.sent,
        received=wire.received,
        path=wire.path,
        took_ms=took_ms,
        verifier=payer.handset.verifier.name,
    )


def _order(asked: Asked, handset: Handset, payee: _Person) -> Order:
    """The signed order, not sent yet."""
    return handset.order_payment(
        asked.rule.operation,
        f"bank:{BANK.lower()}" if asked.payment == "bank" else payee.account,
        payee.name,
        asked.amount,
        pin=None if asked.pin is None else read_pin(asked.pin),
        qr=payee.qr if asked.payment == "merchant" else None,
    )


class _People:
    """Takes on whom the payment needs, over the wire."""

    def __init__(
        self, policy: SecurityPolicy, platform: Platform, url: str, *, home: Path, wire: Wire
    ) -> None:
        self._policy, self._url, self._wire = policy, url, wire
        self._verifier_key = platform.trust_anchor().checkpoint
        self._small, self._large = tiers_by_size(policy)
        lines = (home / "activation.txt").read_text("ascii").splitlines()
        self._codes = dict(line.split() for line in lines)
        self._backoffice = self._enrol(self._codes["backoffice"])

    def payer(self) -> _Person:
        return self._take_on(PAYER, role="customer", tier=self._small)

    def payee(self, payment: str) -> _Person:
        """Whoever is paid: a customer, a merchant, or the same customer's own bank account."""
        if payment == "merchant":
            return self._take_on(MERCHANT, role="merchant", tier=self._large)
        return self._take_on(PAYEE, role="customer", tier=self._large)

    def fund(self, person: _Person) -> str:
        """As much e-money as the person's tier may hold, against a credit seen at the bank."""
        treasury = self._enrol(self._codes["treasury"])
        minor, currency = self._policy.tiers[self._small].balance_minor, self._policy.currency
        amount = Amount(minor=minor, currency=currency)
        _accepted(treasury.confirm_funds(amount, "BANK-0001"))
        _accepted(treasury.issue(person.account, amount))
        return money(minor, currency)

    def _take_on(self, name: str, *, role: str, tier: str) -> _Person:
        answer = self._backoffice.register_customer(
            name=name, born="1991-05-17", country=self._policy.jurisdiction,
            document=f"ID-{name.split()[0]}", role=role, tier=tier,
        )  # fmt: skip
        data = _accepted(answer).data or {}
        return _Person(
            name=name,
            account=str(data["account"]),
            qr=str(data["qr"]) if data["qr"] else None,
            handset=self._enrol(str(data["activation"])),
        )

    def _enrol(self, activation: str) -> Handset:
        handset = Handset.create(
            self._url,
            self._verifier_key,
            secure_environment="tee",
            application=APPLICATION,
            clock=SystemClock(),
            platform="android",
            transport=self._wire,
        )
        _accepted(handset.enrol(activation, _pin(self._policy)))
        return handset


def _pin(policy: SecurityPolicy) -> Secret:
    return read_pin(PIN_DIGITS[: max(4, policy.parameters.get("pin.digits_min", 4))])


def _accepted(answer: Answer) -> Answer:
    if not answer.accepted:
        raise Defect(f"what comes before the payment was refused: {answer.code}")
    return answer


@contextmanager
def _open(
    policy: SecurityPolicy, home: Path, names: NameList, *, port: int = 0
) -> Iterator[tuple[Platform, str]]:
    with (
        open_platform(policy, home=home, names=names) as platform,
        serving(platform, port=port) as url,
    ):
        yield platform, url


def _read(names: Path) -> bytes:
    try:
        return names.read_bytes()
    except OSError as error:
        raise Misconfigured(f"cannot be read: {error.strerror}", where=str(names)) from None


def _with_entry(octets: bytes, name: str, *, where: str) -> NameList:
    """The same list, one entry longer."""
    head, *lines = octets.decode("utf-8").removesuffix("\n").split("\n")
    header = json.loads(head)
    header["entries"] += 1
    entry = {
        "uid": "WALK-0001", "type": "person", "name": name, "aliases": [], "born": [],
        "countries": [], "program": "WALK", "listed_on": "2026-01-15",
    }  # fmt: skip
    text = "".join(f"{line}\n" for line in (json.dumps(header), *lines, json.dumps(entry)))
    return read_name_list(text.encode("utf-8"), where=where)
