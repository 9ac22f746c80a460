"""The table of endpoints: where each is, what it takes, what it gives and how it refuses."""

from __future__ import annotations

from dataclasses import dataclass

import msgspec

from tallystick.serve.api import answers

JOSE = "application/jose"
JSON = "application/json"
TEXT = "text/plain; charset=utf-8"

TOKEN = ("message.too_long", "media.unsupported", "service.closed")
"""How whatever takes a compact token may refuse it besides."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoint:
    """One endpoint of docs/reference/wire.md.

    `takes` describes the compact token in the body, `gives` the answer: a type in JSON, or what a
    text of the media type is.
    """

    name: str
    method: str
    does: str
    gives: type[msgspec.Struct] | str
    media: str = JSON
    takes: str = ""
    grant: bool = False
    sizes: bool = False
    refuses: tuple[str, ...] = ("service.closed",)
    again: str

    @property
    def path(self) -> str:
        return f"/v1/{self.name}"


ENDPOINTS = (
    Endpoint(
        name="service",
        method="GET",
        does="The signed service statement: which keys, which currency, which policy.",
        gives=answers.ServiceStatement,
        again="Safe to repeat.",
    ),
    Endpoint(
        name="challenges",
        method="POST",
        does="A fresh challenge for an enrolment or a session.",
        gives=answers.Challenge,
        again="Safe to repeat: each answer is another challenge, and unused ones expire.",
    ),
    Endpoint(
        name="enrolments",
        method="POST",
        does="Bind a device.",
        takes="A compact JWE (tallystick-enrolment+jwe) around a compact JWS.",
        gives="A sealed answer: a compact JWE (tallystick-answer+jwe).",
        media=JOSE,
        refuses=("enrolment.refused", *TOKEN),
        again=(
            "Idempotent: the same enrolment, sent again because its answer was lost, is given the "
            "first answer again."
        ),
    ),
    Endpoint(
        name="sessions",
        method="POST",
        does="Prove the device, get a grant.",
        takes="A compact JWS (tallystick-session+jws).",
        gives=answers.Session,
        refuses=("enrolment.refused", *TOKEN),
        again="A challenge is good once: ask for another one and sign anew.",
    ),
    Endpoint(
        name="messages",
        method="POST",
        does="One financial message, answered behind its durable commit.",
        takes="A compact JWE (tallystick-message+jwe) around a compact JWS.",
        gives=(
            "A sealed answer: a compact JWE (tallystick-answer+jwe). Accepted and refused orders "
            "of a recognised device look alike from outside."
        ),
        media=JOSE,
        grant=True,
        refuses=("message.refused", "grant.refused", "request.conflict", *TOKEN),
        again=(
            "Idempotent by device and request id (`jti`), without a limit in time: the same order "
            "under a new counter and a new proof is given the first answer again, the same id "
            "with another order is 409. After 503, a broken line or no answer at all, send the "
            "same order again: it is executed at most once."
        ),
    ),
    Endpoint(
        name="checkpoint",
        method="GET",
        does="The newest signed checkpoint of the evidence log.",
        gives="A signed note (C2SP tlog-checkpoint).",
        media=TEXT,
        again="Safe to repeat.",
    ),
    Endpoint(
        name="consistency",
        method="GET",
        does="That the log of one size is the beginning of the log of another.",
        gives=answers.Consistency,
        sizes=True,
        refuses=("range.refused", "service.closed"),
        again="Safe to repeat.",
    ),
    Endpoint(
        name="healthz",
        method="GET",
        does="Whether orders can be decided and committed now.",
        gives=answers.Health,
        again="Safe to repeat.",
    ),
)
