"""The vault: account numbers in, tokens out, and back again only by the rules."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Iterable
from dataclasses import replace

from tallystick.crypto.envelopes import EnvelopeRefused
from tallystick.ground.clock import Clock
from tallystick.ground.errors import Misconfigured
from tallystick.ground.facts import (
    PAN_DETOKENISED,
    PAN_TOKENISED,
    PAN_WITHHELD,
    TOKENS_CHANGED,
    Fact,
)
from tallystick.ground.identifiers import to_base64url
from tallystick.protect.enforcement import ServiceClosed
from tallystick.protect.tokens.domains import TokenDomain
from tallystick.protect.tokens.numbers import Pan, mask_pan
from tallystick.protect.tokens.ports import Cell, Change, TokenStore, VaultKeys
from tallystick.protect.tokens.records import TokenRow, TokenState
from tallystick.protect.tokens.refusals import (
    DetokenisationRefused,
    PanRefused,
    RangeExhausted,
    TokenisationRefused,
    TokenRefused,
)
from tallystick.protect.tokens.release import Asker, Form, ReleasePolicy

CONTROL = "C-TOKEN-DOMAIN"
DRAWS_MAX = 64
_NEXT = {
    TokenState.ACTIVE: {TokenState.SUSPENDED, TokenState.DELETED},
    TokenState.SUSPENDED: {TokenState.ACTIVE, TokenState.DELETED},
    TokenState.DELETED: frozenset[TokenState](),
}


class TokenVault:
    """Keeps account numbers sealed and gives tokens for them.

    `record` takes each fact before what it tells of is given away: when it raises, nothing is.
    """

    def __init__(
        self,
        *,
        store: TokenStore,
        keys: VaultKeys,
        domains: Iterable[TokenDomain],
        release: ReleasePolicy,
        clock: Clock,
        record: Callable[[Fact], None],
        policy: str = "",
        random: Callable[[int], bytes] = os.urandom,
    ) -> None:
        self._store, self._keys, self._release = store, keys, release
        self._clock, self._record, self._policy, self._random = clock, record, policy, random
        self._domains = {domain.name: domain for domain in domains}
        if not self._domains:
            raise Misconfigured("a vault without a domain of tokens")

    def tokenise(self, pan: Pan, domain: str, *, by: str = "") -> str:
        """The token of an account number in a domain: the one that it has, else a new one.

        Refuses: TokenisationRefused when the domain names its makers and `by` is none of them;
                 PanRefused for a number in a range of tokens; TokenRefused when its token is
                 suspended, and for an unknown domain; RangeExhausted.
        """
        here = self._domain(domain)
        self._demand_named(here.makers, by, domain, "tokenise")
        if any(each.range.holds(pan.digits) for each in self._domains.values()):
            raise PanRefused("the number lies in a range of tokens")
        (index,) = self._keys.index(domain, [pan.reveal()])
        for _ in range(DRAWS_MAX):
            now_ms = self._clock.now_ms()
            row = self._store.current(domain, index)
            if row is not None and not _expired(row, now_ms):
                if row.state is not TokenState.ACTIVE:
                    raise TokenRefused(row.state)
                return row.token
            changes = [] if row is None else [_deleted(row)]
            new = self._new_row(here, index, pan, now_ms)
            if self._store.write([*changes, Change(before=None, after=new)])[-1]:
                self._tell_made(new, by)
                return new.token
        raise RangeExhausted("no free token was found in the range")

    def detokenise(self, token: str, domain: str, *, asker: Asker) -> Pan:
        """The account number of a token, whole. The fact is recorded before it is given.

        Refuses: DetokenisationRefused when no rule lets this party have it; TokenRefused when the
                 token is unknown, of another domain, not active, expired, or its row was altered;
                 ServiceClosed when the crypto module says no.
        """
        return Pan(self._open(token, domain, asker, Form.WHOLE))

    def show(self, token: str, domain: str, *, asker: Asker) -> str:
        """The account number of a token, masked. Refuses: as `detokenise`."""
        return mask_pan(self._open(token, domain, asker, Form.MASKED))

    def change_state(self, token: str, domain: str, to: TokenState, *, by: str) -> None:
        """Suspend a token, make it active again, or delete it for good; the fact says by whom.

        Refuses: TokenisationRefused when the domain names its keepers and `by` is none of them;
                 TokenRefused for a token that is unknown or of another domain, for a change that
                 its state does not allow, and when another changed it at the same time.
        """
        self._demand_named(self._domain(domain).keepers, by, domain, "change")
        row = self._row(token, domain)
        if to not in _NEXT[row.state]:
            raise TokenRefused(row.state)
        change = _deleted(row) if to is TokenState.DELETED else self._moved(row, to)
        (made,) = self._store.write([change])
        if not made:
            raise TokenRefused("changed")
        self._tell(TOKENS_CHANGED, _subject(token), party=by, domain=domain, state=str(to))

    # ---- inside --------------------------------------------------------------------------------

    def _tell_made(self, new: TokenRow, by: str) -> None:
        """The fact of a new token; without it the number has none, and is given another later."""
        kept = False
        try:
            told = {"party": by} if by else {}
            self._tell(PAN_TOKENISED, _subject(new.token), **told, domain=new.domain)
            kept = True
        finally:
            if not kept:
                self._store.write([_deleted(new)])

    def _open(self, token: str, domain: str, asker: Asker, form: Form) -> str:
        told = {"party": asker.party, "purpose": asker.purpose, "domain": domain, "form": str(form)}
        try:
            now_ms = self._clock.now_ms()
            self._release.demand(asker, domain, form, now_ms=now_ms)
            digits = self._reveal(self._usable(token, domain, now_ms))
        except (TokenRefused, DetokenisationRefused) as refused:
            self._tell(PAN_WITHHELD, _subject(token), **told, reason=refused.reason)
            raise
        except ServiceClosed:
            self._tell(PAN_WITHHELD, _subject(token), **told, reason="closed")
            raise
        self._tell(PAN_DETOKENISED, _subject(token), **told)
        return digits

    def _usable(self, token: str, domain: str, now_ms: int) -> TokenRow:
        row = self._row(token, domain)
        if row.state is not TokenState.ACTIVE:
            raise TokenRefused(row.state)
        if _expired(row, now_ms):
            raise TokenRefused("expired")
        return row

    def _row(self, token: str, domain: str) -> TokenRow:
        row = self._store.read(token)
        if row is None:
            raise TokenRefused("unknown")
        if row.domain != domain:
            raise TokenRefused("domain")
        return row

    def _reveal(self, row: TokenRow) -> str:
        try:
            (pan,) = self._keys.open([Cell(bound=row.bound, octets=row.sealed)])
        except EnvelopeRefused:
            raise TokenRefused("sealed") from None
        return pan.decode("ascii")

    def _new_row(self, domain: TokenDomain, index: bytes, pan: Pan, now_ms: int) -> TokenRow:
        lifetime_s = domain.lifetime_s
        bare = TokenRow(
            token=domain.range.draw(self._random),
            domain=domain.name,
            index=index,
            sealed=b"",
            state=TokenState.ACTIVE,
            issued_ms=now_ms,
            expires_ms=None if lifetime_s is None else now_ms + 1000 * lifetime_s,
        )
        (sealed,) = self._keys.seal([Cell(bound=bare.bound, octets=pan.reveal())])
        return replace(bare, sealed=sealed)

    def _moved(self, row: TokenRow, to: TokenState) -> Change:
        """The row in another state; its account number is bound to that, so it is sealed anew."""
        after = replace(row, state=to, revision=row.revision + 1)
        pan = self._reveal(row).encode("ascii")
        (sealed,) = self._keys.seal([Cell(bound=after.bound, octets=pan)])
        return Change(before=row, after=replace(after, sealed=sealed))

    def _domain(self, name: str) -> TokenDomain:
        domain = self._domains.get(name)
        if domain is None:
            raise TokenRefused("domain")
        return domain

    def _demand_named(self, named: tuple[str, ...] | None, by: str, domain: str, act: str) -> None:
        if named is None or by in named:
            return
        self._tell(PAN_WITHHELD, "domain", party=by, domain=domain, act=act, reason="party")
        raise TokenisationRefused(f"this party may not {act} in this domain")

    def _tell(self, kind: str, subject: str, **detail: str) -> None:
        self._record(
            Fact(
                kind=kind,
                subject=subject,
                control=CONTROL,
                policy=self._policy,
                at_ms=self._clock.now_ms(),
                detail=detail,
            )
        )


def _deleted(row: TokenRow) -> Change:
    """The row without account number and index; the token stays taken for good."""
    gone = replace(row, state=TokenState.DELETED, sealed=b"", index=None, revision=row.revision + 1)
    return Change(before=row, after=gone)


def _expired(row: TokenRow, now_ms: int) -> bool:
    return row.expires_ms is not None and now_ms >= row.expires_ms


def _subject(token: str) -> str:
    """A token as facts name it: they are read by more people than tokens are for."""
    digest = hashlib.sha256(f"tallystick-token.{token}".encode()).digest()
    return f"tok~{to_base64url(digest[:16])}"
