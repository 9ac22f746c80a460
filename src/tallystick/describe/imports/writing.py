"""Components and flows as the text of a service file."""

from __future__ import annotations

from collections.abc import Iterable

from tallystick.describe.drawn import Component, Flow

_HEAD = """\
# --- Components and flows, from a model of another tool -----------------------------------------
# Everything above comes from the kind of service, not from the model: state it before you plan.
"""


def drawn_text(components: Iterable[Component], flows: Iterable[Flow]) -> str:
    """The tables `[[component]]` and `[[flow]]`, in TOML."""
    parts = [_HEAD, *(_component(one) for one in components), *(_flow(one) for one in flows)]
    return "\n".join(parts)


def _component(one: Component) -> str:
    return (
        "[[component]]\n"
        f'id = "{one.id}"\n'
        f'kind = "{one.kind}"\n'
        f'zone = "{one.zone}"\n'
        f"holds = {_words(one.holds)}\n"
    )


def _flow(one: Flow) -> str:
    return (
        "[[flow]]\n"
        f'from = "{one.source}"\n'
        f'to = "{one.target}"\n'
        f'channel = "{one.channel}"\n'
        f"carries = {_words(one.carries)}\n"
        f'protected = "{one.protected}"\n'
    )


def _words(words: Iterable[str]) -> str:
    quoted = ", ".join(f'"{word}"' for word in words)
    return f"[{quoted}]"
