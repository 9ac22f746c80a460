"""A platform: one policy, one crypto module, one set of books, ready to be served."""

from __future__ import annotations

import re
import secrets
import socket
from collections.abc import Callable, Mapping
from concurrent.futures import Future
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import TypeVar

from tallystick.assembly import home as homes
from tallystick.assembly.crossings import Crossings
from tallystick.assembly.genesis import opening
from tallystick.assembly.journeys import JOURNEYS
from tallystick.assembly.own_keys import open_own_keys, privacy_key
from tallystick.assembly.reservations import Reservations
from tallystick.assembly.shards import NO_SHARDS, Shards
from tallystick.assembly.stores import KeptBooks, open_books, remember_address
from tallystick.crypto.envelopes import demand_cose
from tallystick.crypto.mechanisms import demand_strength
from tallystick.crypto.modules import STATEMENT_PREFIX, CryptoModule
from tallystick.decide.policy import SecurityPolicy, policy_plain
from tallystick.ground.canonical import canonical_json
from tallystick.ground.clock import DAY_MS, Clock, SystemClock, day_of
from tallystick.ground.errors import Defect, Misconfigured, Refused
from tallystick.ground.identifiers import to_base64url
from tallystick.ground.secret import Secret
from tallystick.protect import emoney
from tallystick.protect.corridor import Arrivals, Corridor, Desk, Partners
from tallystick.protect.enforcement import (
    Committed,
    Committer,
    Deliver,
    Register,
    Registers,
    ServiceClosed,
    Settlement,
)
from tallystick.protect.interop import HubView
from tallystick.protect.monitoring import Windows
from tallystick.protect.privacy import seal_document
from tallystick.protect.screening import ListVersion, NameList, ScreeningIndex
from tallystick.protect.shards import clearing_accounts
from tallystick.prove.certificate import TrustAnchor
from tallystick.prove.evidence import (
    Checkpoint,
    EvidenceStore,
    NoteRefused,
    consistency_path,
    note_body,
    parse_verifier_key,
    sign_note,
    verifier_key,
    verify_note,
)

Chance = Callable[[int], bytes]

_SIZE = re.compile(r"[0-9]{1,16}")


class RangeRefused(Refused):
    """Not two sizes of the evidence log, the smaller first."""

    code, clause = "range.refused", "9"


T = TypeVar("T")


class Platform:
    """Opened by `open_platform`; closes its books and its crypto module when it is left."""

    def __init__(
        self,
        *,
        policy: SecurityPolicy,
        module: CryptoModule,
        books: KeptBooks,
        desk: Desk,
        clock: Clock,
        shards: Shards = NO_SHARDS,
    ) -> None:
        self.policy = policy
        self.evidence: EvidenceStore = books.evidence
        self._module, self._books, self._desk = module, books, desk
        self._clock = clock
        self._committer = Committer(books)
        corridor = Corridor(desk, journeys=JOURNEYS, committer=self._committer, clock=clock)
        corridor.catch_up()
        self._corridor = corridor
        self.arrivals = Arrivals(desk, corridor, clock=clock)
        self.partners = Partners(desk, corridor, clock)
        self.interop = HubView(desk)
        self.crossings = Crossings(desk, self.partners, shards)
        self.reservations = Reservations(desk, corridor, self._committer, books=books, clock=clock)

    @property
    def module(self) -> CryptoModule:
        return self._module

    def admit_edge(self) -> socket.socket:
        """A channel to the crypto module for an edge in a process of its own."""
        return self._module.admit()

    def deliver_with(self, deliver: Deliver) -> None:
        """Let whoever serves decide on which thread the promises of a batch are kept."""
        self._committer.deliver = deliver

    def statement(self) -> dict[str, str]:
        """The signed service statement (docs/reference/wire.md)."""
        public = self._module.public()
        stated = canonical_json(
            {
                "audience": self._desk.audience,
                "policy": self.policy.digest,
                "currency": self.policy.currency,
                "fees": [
                    name for name, fee in self.policy.terms.fees.items() if fee.paid_by == "payer"
                ],
                "origin": origin_of(self.policy),
                "keys": {
                    "message": public.message,
                    "pin": public.pin,
                    "qr": {"kty": "OKP", "crv": "Ed25519", "x": to_base64url(public.qr)},
                },
            }
        )
        signature = self._module.sign(purpose="statement", octets=STATEMENT_PREFIX + stated)
        return {"statement": to_base64url(stated), "signature": to_base64url(signature)}

    def demand_open(self) -> None:
        """Refuses: ServiceClosed, ModuleUnavailable when no order could be decided now."""
        if not self._committer.running:
            raise ServiceClosed("nothing can be committed")
        self.statement()

    def checkpoint(self) -> str:
        """The newest signed note of the evidence log."""
        return self.evidence.checkpoint() or ""

    def consistency(self, old: str, new: str) -> list[str]:
        """The path between two sizes of the log. Refuses: RangeRefused."""
        if not (_SIZE.fullmatch(old) and _SIZE.fullmatch(new)):
            raise RangeRefused("sizes are whole numbers")
        if not 1 <= int(old) <= int(new) <= self.evidence.size():
            raise RangeRefused("no such range of the log")
        path = consistency_path(int(old), int(new), self.evidence.node)
        return [to_base64url(node) for node in path]

    def trust_anchor(self) -> TrustAnchor:
        """The verifier keys that handsets and auditors pin."""
        return trust_anchor(self.policy, self._module)

    def safeguarding(self) -> tuple[int, int]:
        """Money confirmed at the bank and e-money out there, holds included; minor units."""
        trust, unissued = (
            self._books.account(account) for account in (emoney.TRUST, emoney.UNISSUED)
        )
        if trust is None or unissued is None:
            raise Defect("the books have no system accounts")
        safeguarded = trust.debits - trust.credits
        return safeguarded, safeguarded - (unissued.credits - unissued.debits)

    def tallies_kept_from(self) -> int:
        """The instant (ms) before which the policy lets tallies go; 0 when it keeps them all."""
        days = self.policy.parameters.get("retention.tally_days")
        return 0 if days is None else max(0, self._clock.now_ms() - days * DAY_MS)

    def retire_tallies(self, *, before_ms: int) -> int:
        """Let go of tallies older than an instant; gives how many."""
        return self._books.retire_tallies(before_ms=before_ms)

    def commit_now(self, make: Callable[[int, Chance], Settlement]) -> None:
        """Commit one settlement of the platform itself and wait for the disk."""
        self.commit_soon(make).result()

    def commit_soon(self, make: Callable[[int, Chance], Settlement]) -> Future[Committed | None]:
        """As `commit_now`, for whoever decides on an event loop and must not wait there."""
        self._corridor.catch_up()
        return self._corridor.settle(make(self._clock.now_ms(), self._desk.chance))

    def record(self, register: Register[T], key: str) -> T | None:
        """One record as the last commit left it."""
        self._corridor.catch_up()
        return self._desk.registers.get(register, key)

    def close(self) -> None:
        """Commit what waits, then let go of books and keys."""
        with ExitStack() as last:
            last.callback(self._module.close)
            last.callback(self._books.close)
            self._committer.close()

    def __enter__(self) -> Platform:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()


def demand_runnable(policy: SecurityPolicy) -> None:
    """Refuses: Misconfigured when the policy is of a service that has no journey here."""
    if policy.not_run:
        raise Misconfigured(
            f"{', '.join(policy.not_run)}: planned, but not run by this version",
            where=policy.service_id,
            allowed="remote_p2p, merchant_qr, mobile_banking, e_money and agent_cash",
        )


def open_platform(
    policy: SecurityPolicy,
    *,
    home: str | Path,
    names: NameList | None = None,
    passphrase: Secret | None = None,
    token: Path | None = None,
    clock: Clock | None = None,
    module: CryptoModule | None = None,
    chance: Chance = secrets.token_bytes,
    books: str | None = None,
    shards: Shards = NO_SHARDS,
) -> Platform:
    """Open a platform on a home directory, making both on first use.

    `names` is the screening list: a policy that screens cannot be opened without one. Without a
    `passphrase` one is made and kept beside the keys. `token` is the file that names the token
    which a home that is made is to begin in; it need not be said again. `module` replaces the
    module in its own process. `books` is the address of a database (postgresql://...) that keeps
    the books of this home from the first day on; it need not be said again.
    `shards` says which accounts are kept here, and who keeps the others.
    Refuses: Misconfigured for a service that this version plans and cannot run;
             MechanismRefused when the policy wants more strength (`strength.bits_min`) than what
             we run gives; Misconfigured when the home is in use, readable by others, or of another
             service, and when the policy screens names and there is no list.
    """
    demand_runnable(policy)
    directory, used_clock = Path(home), clock or SystemClock()
    _demand_mechanisms(policy, year=int(day_of(used_clock.now_ms())[:4]))
    screening = _screening(policy, names)
    homes.prepare_home(directory)
    homes.keep_shard(directory, number=shards.map.number, count=shards.map.count)
    with ExitStack() as undo:
        keeper = module or open_own_keys(directory, passphrase, chance, token=token)
        undo.callback(keeper.close)
        kept = open_books(directory, address=books, sign=_checkpoint_signer(policy, keeper))
        undo.callback(kept.close)
        _demand_own_home(directory, kept, policy, keeper)
        remember_address(directory, books)
        desk = Desk(
            audience=f"tallystick:{policy.service_id}",
            policy=policy,
            module=keeper,
            books=kept,
            ledger=emoney.Ledger(kept.account),
            registers=Registers(kept.register),
            windows=Windows(),
            screening=screening,
            seal_document=partial(seal_document, key=privacy_key(directory, chance=chance)),
            chance=chance,
            shards=shards.map,
        )
        _open_for_business(directory, desk, shards, now_ms=used_clock.now_ms())
        platform = Platform(
            policy=policy, module=keeper, books=kept, desk=desk, clock=used_clock, shards=shards
        )
        undo.pop_all()
    return platform


def _demand_mechanisms(policy: SecurityPolicy, *, year: int) -> None:
    """Refuses: MechanismRefused when the policy wants more strength than what we run gives;
    Misconfigured when it offers purses and what reads their vouchers is not installed."""
    if policy.has("C-PURSE-CAPPED"):
        demand_cose()
    bits = policy.parameters.get("strength.bits_min", 0)
    for name in ("ES256", "ECDH-ES", "A256GCM", "Ed25519", "HMAC-SHA-256"):
        demand_strength(name, bits, year=year)


def _demand_own_home(
    home: Path, books: KeptBooks, policy: SecurityPolicy, module: CryptoModule
) -> None:
    """Refuses: Misconfigured when the books were kept by another service or with other keys."""
    trust, note = books.account(emoney.TRUST), books.evidence.checkpoint()
    if trust is not None and trust.currency != policy.currency:
        raise Misconfigured(
            f"the policy is in {policy.currency}", where=str(home), allowed=trust.currency
        )
    try:
        if note is not None:
            verify_note(note, verifier_key(origin_of(policy), module.public().checkpoint))
    except NoteRefused:
        raise Misconfigured(
            "this home is of another service, or its keys are gone",
            where=str(home),
            allowed="the service and the module.keys that it was made with",
        ) from None


def _open_for_business(home: Path, desk: Desk, shards: Shards, *, now_ms: int) -> None:
    """Commit what opens the books, behind the files that tell people how to come in."""
    public = desk.module.public()
    needed = (
        *emoney.system_accounts(
            desk.policy.currency,
            fees=bool(desk.policy.terms.fees),
            foreign=desk.policy.terms.currencies(),
            purses=bool(desk.policy.operation("purse.load").roles),
        ),
        *clearing_accounts(shards.map, desk.policy.currency),
    )
    settlement, codes = opening(
        desk.policy,
        first=desk.books.account(emoney.TRUST) is None,
        accounts=tuple(own for own in needed if desk.books.account(own.id) is None),
        peers=shards.strangers(desk, now_ms=now_ms),
        module=public.module,
        level=public.level,
        kept=public.kept,
        now_ms=now_ms,
        chance=desk.chance,
    )
    _write_files(home, desk.policy, desk.module, codes)
    desk.books.commit([settlement])


def origin_of(policy: SecurityPolicy) -> str:
    """The name of a service's evidence log: the first line of its checkpoints."""
    return f"tallystick/{policy.service_id}/evidence"


def trust_anchor(policy: SecurityPolicy, module: CryptoModule) -> TrustAnchor:
    """What handsets and auditors pin of one service and its crypto module."""
    public = module.public()
    return TrustAnchor(
        checkpoint=verifier_key(origin_of(policy), public.checkpoint),
        certificate=verifier_key(f"tallystick/{policy.service_id}/certificate", public.certificate),
    )


def _checkpoint_signer(policy: SecurityPolicy, module: CryptoModule) -> Callable[[int, bytes], str]:
    origin = origin_of(policy)
    key = parse_verifier_key(verifier_key(origin, module.public().checkpoint))

    def sign(size: int, root: bytes) -> str:
        body = note_body(Checkpoint(origin=origin, size=size, root=root))
        return sign_note(
            body,
            name=origin,
            key_id=key.key_id,
            sign=lambda octets: module.sign(purpose="checkpoint", octets=octets),
        )

    return sign


def _screening(policy: SecurityPolicy, names: NameList | None) -> ScreeningIndex:
    if names is None and policy.has("C-SCREEN-NAMES"):
        raise Misconfigured("the policy screens names", allowed="a list file with --names")
    return ScreeningIndex.build(
        names.entries if names else (),
        version=names.version if names else ListVersion(list="none", version="none", digest=""),
        match_permille=policy.parameters.get("screening.match_permille", 1000),
    )


def _write_files(
    home: Path, policy: SecurityPolicy, module: CryptoModule, codes: Mapping[str, str]
) -> None:
    homes.write_private(home / homes.POLICY, canonical_json(policy_plain(policy)))
    homes.write_private(home / homes.TRUST, trust_anchor(policy, module).text().encode())
    if codes:
        lines = "".join(f"{role} {code}\n" for role, code in codes.items())
        homes.write_private(home / homes.ACTIVATION, lines.encode("ascii"))
