"""Pages: a token says where the last one ended, and is only ever compared with names."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeVar

from tallystick.ground.identifiers import NotAnIdentifier, from_base64url, to_base64url
from tallystick.serve.payment_crypto.errors import unfit

T = TypeVar("T")
PAGE = 50


def page_size(members: dict[str, Any] | Any) -> int:
    """How many are wanted; the service's own choice when it is not said."""
    return int(members.get("MaxResults") or PAGE)


def page_start(members: dict[str, Any] | Any) -> str:
    """The name after which the page begins. Refuses: WireRefused for a token that is none."""
    token = members.get("NextToken")
    if token is None:
        return ""
    try:
        return from_base64url(token).decode("utf-8")
    except (NotAnIdentifier, UnicodeDecodeError):
        raise unfit("not a token of this service", path="NextToken") from None


def page_token(last: str) -> str:
    return to_base64url(last.encode("utf-8"))


def page(
    rows: Sequence[tuple[str, T]], members: dict[str, Any] | Any
) -> tuple[list[T], dict[str, Any]]:
    """One page of named rows, which are in order of their names, and the member that leads on."""
    after, size = page_start(members), page_size(members)
    rest = [row for row in rows if row[0] > after]
    shown = rest[:size]
    more = {"NextToken": page_token(shown[-1][0])} if len(rest) > size else {}
    return [row for _, row in shown], more
