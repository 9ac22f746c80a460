"""Access tokens of partners (OAuth 2.0 client credentials, RFC 6749 §4.4); memory is enough."""

from __future__ import annotations

import base64
import binascii
import hashlib
from collections import OrderedDict
from urllib.parse import unquote

from tallystick.ground.identifiers import to_base64url
from tallystick.protect.corridor import Partners
from tallystick.protect.partners import (
    CredentialsRefused,
    Partner,
    check_api_key,
    check_secret,
)
from tallystick.serve.mobile_money.errors import unauthorised

LIFETIME_S = 3600
TOKENS_MAX = 100_000
_LONG = 512


class TokenDesk:
    """Gives tokens to partners that show their secret, and recognises them until they end."""

    def __init__(self, partners: Partners) -> None:
        self._partners = partners
        self._known: OrderedDict[str, tuple[str, int]] = OrderedDict()

    def issue(self, client: str, secret: str) -> str:
        """A token for an hour. Refuses: ApiRefused."""
        partner = self._with_secret(client, secret)
        token = to_base64url(self._partners.chance(32))
        while len(self._known) >= TOKENS_MAX:
            self._known.popitem(last=False)
        ends_ms = self._partners.now_ms() + LIFETIME_S * 1000
        self._known[_digest(token)] = (partner.id, ends_ms)
        return token

    def recognise(
        self, *, authorization: str, client: str, api_key: str
    ) -> tuple[Partner, dict[str, str | int]]:
        """Who asks, and how that is known; everything that was shown must be right.

        Refuses: ApiRefused, one answer for every reason.
        """
        kind, _, shown = authorization.partition(" ")
        if kind.lower() == "bearer":
            partner, how = self._with_token(shown.strip()), "oauth2"
        elif kind.lower() == "basic":
            partner, how = self._with_secret(*basic(shown)), "client_secret"
        elif not authorization and client and api_key:
            partner, how = self._partner(client), "api_key"
        else:
            raise unauthorised()
        if partner is None or (client and client != partner.id):
            raise unauthorised()
        if api_key or how == "api_key":
            try:
                check_api_key(partner, api_key[:_LONG])
            except CredentialsRefused:
                raise unauthorised() from None
        return partner, {"how": how}

    def _with_token(self, token: str) -> Partner | None:
        found = self._known.get(_digest(token[:_LONG]))
        if found is None or self._partners.now_ms() >= found[1]:
            raise unauthorised()
        return self._partner(found[0])

    def _with_secret(self, client: str, secret: str) -> Partner:
        try:
            return check_secret(self._partner(client), secret[:_LONG])
        except CredentialsRefused:
            raise unauthorised() from None

    def _partner(self, client: str) -> Partner | None:
        return self._partners.partner(client[:_LONG])


def basic(shown: str) -> tuple[str, str]:
    """Client and secret of HTTP Basic, as OAuth spells them. Refuses: ApiRefused."""
    try:
        text = base64.b64decode(shown.strip(), validate=True).decode("utf-8")
    except (binascii.Error, UnicodeDecodeError, ValueError):
        raise unauthorised() from None
    client, _, secret = text.partition(":")
    return unquote(client), unquote(secret)


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()
