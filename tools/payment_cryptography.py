"""The page docs/reference/payment-cryptography.md, from the interface's own tables."""

from __future__ import annotations

from collections.abc import Iterator

_ABOUT = """\
The wire of AWS Payment Cryptography (API versions {control} and {data}), over a payment module of
yours. Clients of that service work unmodified: point them here with `endpoint_url`, or with the
environment variables `AWS_ENDPOINT_URL_PAYMENT_CRYPTOGRAPHY` and
`AWS_ENDPOINT_URL_PAYMENT_CRYPTOGRAPHY_DATA`. [The guide](../guides/payment-cryptography.md) goes
from nothing to a translated PIN.

The names of members and their limits are those of {source}; a request with a member that is not
among them is refused. What an operation answers is what the crypto module did: no operation gives
a key or a PIN in clear, whatever it is asked."""

_OPENING = """\
## Opening it

A table of `connections.toml`, which `tallystick serve --connections` reads; paths are beside the
file.

| member | meaning |
|---|---|
| `listen` | address and port; TLS ends at a front proxy |
| `keys` | the folder of `tallystick keys init` |
| `passphrase_file` | what opens it, in a file that only its owner reads; none for a token |
| `access` | the folder of `tallystick access create` |
| `region`, `account` | are in the names of keys; clients sign for this region |
| `domain` | `test` (if not said) or `production`: the domain of keys made or imported here |
| `vault` | the folder of `tallystick tokens init`, for [its door](../guides/token-vault.md) here |

## Who may ask

Every request is signed (Signature Version 4) with an access key of `tallystick access create`.
Its roles say what it may do: `data` uses keys, `keys` manages them, `read` looks at them,
`tokens` asks the vault. Signed
must be the host, the time (five minutes either way), every `x-amz-*` header and the payload;
session tokens and presigned addresses are refused. A key's resource policy narrows this further:
it never gives more than a role does. The management of production keys needs signatures of
custodians, which this wire does not carry: such a request is an AccessDeniedException."""


def render_payment_cryptography(made: str) -> str:
    """The whole page; `made` is the line that says so."""
    from tallystick.serve.payment_crypto import model_source, planes

    control, data = planes()["control"], planes()["data"]
    about = _ABOUT.format(control=control.version, data=data.version, source=model_source())
    parts = [
        "# Payment cryptography (the AWS wire)",
        made,
        about,
        _OPENING,
        "## Control plane",
        "POST `/` with the header `X-Amz-Target: " + control.target + ".<operation>`, JSON 1.0.",
        "\n".join(_operations("control")),
        "## Data plane",
        "POST to the address of the operation, JSON. A key identifier in it is percent-encoded, "
        "also its slashes.",
        "\n".join(_operations("data")),
        "## Errors",
        "In `__type` on the control plane, in the header `x-amzn-ErrorType` on the data plane.",
        "\n".join(_errors()),
    ]
    return "\n\n".join(parts) + "\n"


def _operations(plane: str) -> Iterator[str]:
    from tallystick.serve.payment_crypto import HANDLERS, UNSERVED, VARIANTS, planes

    addresses = plane == "data"
    yield (
        "| operation | address | served | other than elsewhere |"
        if addresses
        else ("| operation | served | other than elsewhere |")
    )
    yield "|---|---|---|---|" if addresses else "|---|---|---|"
    for name, operation in planes()[plane].operations.items():
        served = "yes" if name in HANDLERS else "no"
        told = VARIANTS.get(name) or UNSERVED.get(name, "")
        address = f" `{operation.path}` |" if addresses else ""
        yield f"| {name} |{address} {served} | {told} |"


def _errors() -> Iterator[str]:
    from tallystick.serve.payment_crypto import STATUSES

    yield "| error | status |"
    yield "|---|---|"
    for name, status in sorted(STATUSES.items(), key=lambda row: (row[1], row[0])):
        yield f"| {name} | {status} |"
