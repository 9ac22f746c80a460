"""The body of a request, and never more of it than is allowed."""

from __future__ import annotations

from starlette.requests import Request


async def read_body(request: Request, *, octets_max: int) -> bytes | None:
    """The octets; None when there are more, or are said to be: then they are not read."""
    length = request.headers.get("content-length", "0")
    if not (length.isascii() and length.isdigit()) or int(length[:12]) > octets_max:
        return None
    body = b""
    async for chunk in request.stream():
        body += chunk
        if len(body) > octets_max:
            return None
    return body
