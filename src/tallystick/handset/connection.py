"""HTTP to one provider: octets out, so many octets in, problem+json becomes a Refusal."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, Self

import httpx

from tallystick.ground.errors import Misconfigured
from tallystick.ground.limits import HTTP_BODY_MAX
from tallystick.handset.errors import AnswerLost, Malformed, Refusal
from tallystick.handset.reading import Strict, read_json

JOSE = "application/jose"
JSON = "application/json"
_PROBLEM = "application/problem+json"
_TIMEOUT_S = 30.0


class _Problem(Strict):
    type: Literal["about:blank"]
    title: str
    status: int
    code: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """One HTTP answer as it came: status, media type without parameters, octets."""

    status: int
    media: str
    octets: bytes

    def expect(self, media: str) -> bytes:
        """The octets of a 200 of one media type.

        Refuses: Refusal for the provider's problem+json, Malformed for anything else.
        """
        if self.status == 200 and self.media == media:
            return self.octets
        if self.media == _PROBLEM:
            problem = read_json(self.octets, _Problem)
            if problem.status == self.status >= 400:
                raise Refusal(problem.status, problem.code)
        raise Malformed(f"neither {media} nor a problem: HTTP {self.status} {self.media}")


class Connection:
    """A provider's address and one pool of connections to it."""

    def __init__(self, base_url: str, *, transport: httpx.BaseTransport | None = None) -> None:
        self._origin = _read_origin(base_url)
        self._http = httpx.Client(
            transport=transport,
            timeout=_TIMEOUT_S,
            trust_env=False,
            headers={"Accept-Encoding": "identity"},
        )

    def url(self, path: str) -> str:
        """The `htu` of a path: scheme, host, port if it is not the scheme's own, path.

        >>> Connection("HTTP://Provider.example:80/").url("/v1/messages")
        'http://provider.example/v1/messages'
        """
        return self._origin + path

    def get(self, path: str, **query: int) -> Reply:
        """GET a path. Refuses: AnswerLost."""
        return self._send("GET", path, params=query or None)

    def post(
        self, path: str, body: bytes = b"", *, headers: Mapping[str, str] | None = None
    ) -> Reply:
        """POST octets as they are. Refuses: AnswerLost."""
        return self._send("POST", path, content=body, headers=headers)

    def _send(
        self,
        method: str,
        path: str,
        *,
        params: Mapping[str, int] | None = None,
        content: bytes | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Reply:
        try:
            with self._http.stream(
                method, self.url(path), params=params, content=content, headers=headers
            ) as response:
                octets = _read_limited(response)
        except httpx.ConnectError:
            raise AnswerLost(f"nobody answers at {self._origin}") from None
        except httpx.TransportError as lost:
            raise AnswerLost(f"no answer from {self._origin}: {type(lost).__name__}") from None
        media = response.headers.get("content-type", "").partition(";")[0].strip().lower()
        return Reply(status=response.status_code, media=media, octets=octets)

    def close(self) -> None:
        self._http.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *unused: object) -> None:
        self.close()


def _read_origin(base_url: str) -> str:
    """Scheme, host and port in their one spelling. Refuses: Misconfigured."""
    allowed = "http or https, a host, perhaps a port"
    try:
        url = httpx.URL(base_url)
    except httpx.InvalidURL:
        raise Misconfigured(f"{base_url!r} is not an address", allowed=allowed) from None
    plain = not url.userinfo and not url.query and not url.fragment and url.path in ("", "/")
    if url.scheme not in ("http", "https") or not url.host or not plain:
        raise Misconfigured(f"{base_url!r} is not a provider's address", allowed=allowed)
    return str(url.join("/")).rstrip("/")


def _read_limited(response: httpx.Response) -> bytes:
    """The body, unread beyond the limit. Refuses: Malformed."""
    if response.headers.get("content-encoding", "identity") != "identity":
        raise Malformed("the answer is compressed")
    received = bytearray()
    for chunk in response.iter_bytes():
        received += chunk
        if len(received) > HTTP_BODY_MAX:
            raise Malformed("the answer is too long")
    return bytes(received)
