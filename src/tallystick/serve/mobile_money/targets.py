"""Where a callback may go: the open internet over TLS, and nowhere near our own machines.

The name is resolved once and the connection goes to that very address, so that a name cannot lead
somewhere else a moment later. Redirects are not followed.
"""

from __future__ import annotations

import http.client
import ipaddress
import socket
import ssl
import threading
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from urllib.parse import urlsplit

from tallystick.serve.mobile_money.errors import CallbackRefused

URL_MAX = 512
TIMEOUT_S = 5.0
ANSWER_MAX = 4096
WHOLE_S = 20.0
"""How long one telling may take in all, however slowly the other end talks."""
PORTS_BELOW_1024 = (443,)
_NEVER = '"<>\\^`{|}\x7f'

Resolve = Callable[[str, int], Sequence[str]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """A callback address that may be one; `host` is still to be resolved."""

    scheme: str
    host: str
    port: int
    path: str


def read_target(url: str, *, loopback: bool) -> Target:
    """Look at the address itself. Refuses: CallbackRefused.

    `loopback`: http and this machine are allowed, for trying things out.
    """
    if len(url) > URL_MAX or not url.isascii() or any(c <= " " or c in _NEVER for c in url):
        raise CallbackRefused(f"a plain URL of at most {URL_MAX} characters")
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise CallbackRefused("not a URL") from None
    if parts.scheme != "https" and not (loopback and parts.scheme == "http"):
        raise CallbackRefused("https only")
    if not parts.hostname or parts.username is not None or parts.fragment:
        raise CallbackRefused("a host, no user and no fragment")
    number = port if port is not None else (443 if parts.scheme == "https" else 80)
    if number < 1024 and number not in PORTS_BELOW_1024 and not loopback:
        raise CallbackRefused("port 443, or one from 1024 on")
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    return Target(scheme=parts.scheme, host=parts.hostname, port=number, path=path)


def resolve(host: str, port: int) -> list[str]:
    """Every address of a name, as the system's resolver has them."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return [str(entry[4][0]) for entry in found]


def pinned_address(target: Target, *, loopback: bool, resolver: Resolve = resolve) -> str:
    """The address to connect to. Refuses: CallbackRefused when any address is not outside."""
    try:
        addresses = list(resolver(target.host, target.port))
    except (OSError, UnicodeError):
        raise CallbackRefused("the host cannot be resolved") from None
    if not addresses or not all(_outside(one, loopback=loopback) for one in addresses):
        raise CallbackRefused("the host is not on the open internet")
    return addresses[0]


def _outside(text: str, *, loopback: bool) -> bool:
    try:
        address = ipaddress.ip_address(text.partition("%")[0])
    except ValueError:
        return False
    if isinstance(address, ipaddress.IPv6Address):
        inner = address.ipv4_mapped or address.sixtofour
        if address in _NAT64:
            inner = ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
        if inner is not None:
            return _outside(str(inner), loopback=loopback)
    if address.is_loopback:
        return loopback
    known = any(address in net for net in _OPEN if net.version == address.version)
    return known and address.is_global and not address.is_multicast and not address.is_reserved


_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")
_OPEN = (ipaddress.IPv4Network("0.0.0.0/0"), ipaddress.IPv6Network("2000::/3"))
"""Where addresses of the open internet are given out; the library says what is special in it."""


class _Pinned(http.client.HTTPConnection):
    """Connects to an address that was decided before, under the name of its host."""

    def __init__(self, target: Target, address: str) -> None:
        super().__init__(target.host, target.port, timeout=TIMEOUT_S)
        self._target, self._address = target, address

    def connect(self) -> None:
        plain = socket.create_connection((self._address, self._target.port), timeout=TIMEOUT_S)
        if self._target.scheme == "https":
            context = ssl.create_default_context()
            self.sock = context.wrap_socket(plain, server_hostname=self._target.host)
        else:
            self.sock = plain

    def cut(self) -> None:
        """End it from another thread: whoever reads or writes finds it closed."""
        if self.sock is not None:
            with suppress(OSError):
                self.sock.shutdown(socket.SHUT_RDWR)


def put(
    url: str,
    body: bytes,
    headers: Mapping[str, str],
    *,
    loopback: bool,
    resolver: Resolve = resolve,
) -> int:
    """PUT once; gives the status. Blocks: call it from a thread.

    Refuses: CallbackRefused; OSError and http.client.HTTPException when nothing answered.
    """
    target = read_target(url, loopback=loopback)
    connection = _Pinned(target, pinned_address(target, loopback=loopback, resolver=resolver))
    over = threading.Timer(WHOLE_S, connection.cut)
    over.daemon = True
    over.start()
    try:
        connection.request("PUT", target.path, body=body, headers=dict(headers))
        answer = connection.getresponse()
        answer.read(ANSWER_MAX)
        return answer.status
    finally:
        over.cancel()
        connection.close()
