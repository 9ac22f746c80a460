"""The token endpoint: a client's secret for an access token (RFC 6749 §4.4)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qsl

from tallystick.serve.mobile_money.errors import ApiRefused, malformed, unauthorised
from tallystick.serve.mobile_money.shapes import TokenBody, read_shape
from tallystick.serve.mobile_money.tokens import LIFETIME_S, TokenDesk, basic


def grant(desk: TokenDesk, headers: Mapping[str, str], body: bytes) -> dict[str, Any]:
    """Credentials in HTTP Basic or in the body, form or JSON. Refuses: ApiRefused."""
    said = _body(headers.get("content-type", ""), body)
    if said.grant_type != "client_credentials":
        raise ApiRefused("validation", "formatError", "grant_type: client_credentials")
    client, secret = said.client_id, said.client_secret
    kind, _, shown = headers.get("authorization", "").partition(" ")
    if kind.lower() == "basic":
        client, secret = basic(shown)
    if not client or not secret:
        raise unauthorised()
    return {
        "access_token": desk.issue(client, secret),
        "token_type": "Bearer",
        "expires_in": LIFETIME_S,
    }


def _body(kind: str, body: bytes) -> TokenBody:
    if kind.partition(";")[0].strip().lower() == "application/json":
        return read_shape(body, TokenBody)
    try:
        pairs = parse_qsl(body.decode("utf-8"), keep_blank_values=True, max_num_fields=10)
    except ValueError:
        raise malformed("body", "a form") from None
    fields = dict(pairs)
    if len(fields) != len(pairs):
        raise malformed("body", "a member twice")
    return TokenBody(
        grant_type=fields.get("grant_type", ""),
        client_id=fields.get("client_id", ""),
        client_secret=fields.get("client_secret", ""),
    )
