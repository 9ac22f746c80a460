"""Refusals as problem details (RFC 9457): a stable code and nothing that helps an attacker."""

from __future__ import annotations

import json

from tallystick.ground.errors import Refused
from tallystick.serve.api.ports import Reply

PROBLEM = "application/problem+json"
STATUS = {
    "message.refused": 400,
    "grant.refused": 401,
    "enrolment.refused": 403,
    "request.conflict": 409,
    "message.too_long": 413,
    "media.unsupported": 415,
    "service.closed": 503,
    "range.refused": 400,
    "path.unknown": 404,
    "method.unsupported": 405,
}
TITLE = {
    400: "The message was refused",
    401: "A fresh session is needed",
    403: "The device was not accepted",
    404: "There is nothing here",
    405: "This is asked in another way",
    409: "This request id belongs to another order",
    413: "The message is too long",
    415: "This content type is not taken",
    503: "The service is closed",
}


class TooLong(Refused):
    """Beyond the size limit; refused unread."""

    code, clause = "message.too_long", "7.1"


class UnsupportedMedia(Refused):
    """Another content type than the wire allows."""

    code, clause = "media.unsupported", "7.1"


def problem_of(outside: str) -> Reply:
    """The one answer for a refusal before the device was recognised, by its outside code."""
    code = outside if outside in STATUS else "message.refused"
    status = STATUS[code]
    told = {"type": "about:blank", "title": TITLE[status], "status": status, "code": code}
    octets = json.dumps(told, separators=(",", ":")).encode("utf-8")
    return Reply(status=status, media=PROBLEM, octets=octets)
