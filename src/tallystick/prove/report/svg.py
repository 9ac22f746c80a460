"""Drawing: elements of SVG as text, escaped, and the width of letters that nobody measured."""

from __future__ import annotations

from html import escape

from tallystick.prove.report.words import harmless

WIDE, NARROW = 940, 360
"""How wide pictures are drawn: for a desk or paper, and for a telephone."""

_NARROW_LETTERS = frozenset("fijlrtI.,:;'|!()[]/ \N{NO-BREAK SPACE}\N{NARROW NO-BREAK SPACE}")
_WIDE_LETTERS = frozenset("mwMW%@\N{EM DASH}")


def element(name: str, *children: str, **attributes: str | float) -> str:
    """One element. `class_` gives `class`, and an underscore a hyphen.

    Takes: children that are SVG already; strangers' text goes through `text` or `title`.

    >>> element("rect", x=1, class_="a", stroke_width=2.50)
    '<rect x="1" class="a" stroke-width="2.5"/>'
    """
    told = "".join(
        f' {key.rstrip("_").replace("_", "-")}="{escape(_value(value))}"'
        for key, value in attributes.items()
    )
    inside = "".join(children)
    return f"<{name}{told}>{inside}</{name}>" if inside else f"<{name}{told}/>"


def text(words: str, **attributes: str | float) -> str:
    """A line of text.

    >>> text("a < b", x=0, y=0)
    '<text x="0" y="0">a &lt; b</text>'
    """
    return element("text", escape(str(harmless(words))), **attributes)


def title(words: str) -> str:
    """What a pointer or a screen reader is told."""
    return element("title", escape(str(harmless(words))))


def picture(
    *children: str, label: str, width: float, height: float, class_: str = "", told: str = ""
) -> str:
    """A whole picture that scales to the width that it is given.

    Takes: `label`, what it is; `told`, what it shows, for those who cannot see it.
    """
    return element(
        "svg",
        title(label),
        element("desc", escape(str(harmless(told)))) if told else "",
        *children,
        class_=f"picture {class_}".strip(),
        viewBox=f"0 0 {_value(width)} {_value(height)}",
        role="img",
        aria_label=str(harmless(label)),
        preserveAspectRatio="xMidYMid meet",
    )


def group(*children: str, **attributes: str | float) -> str:
    """Elements that belong together."""
    return element("g", *children, **attributes)


def path(points: list[tuple[float, float]], *, closed: bool = False, **more: str | float) -> str:
    """A line through points.

    >>> path([(0, 0), (1, 2)])
    '<path d="M0 0L1 2"/>'
    """
    line = "L".join(f"{_value(x)} {_value(y)}" for x, y in points)
    return element("path", d=f"M{line}{'Z' if closed else ''}", **more)


def text_width(words: str, size: float) -> float:
    """About how wide a line of text is; rather too much than too little."""
    return sum(_letter(letter) for letter in words) * size


def wrap(words: str, *, width: float, size: float, lines_max: int = 2) -> list[str]:
    """Lines that fit the width; what does not fit into the last one ends in dots.

    >>> wrap("one two three", width=60, size=12, lines_max=2)
    ['one two', 'three']
    """
    lines: list[str] = []
    waiting = words.split()
    while waiting and len(lines) < lines_max:
        line = waiting.pop(0)
        while waiting and text_width(f"{line} {waiting[0]}", size) <= width:
            line = f"{line} {waiting.pop(0)}"
        lines.append(line)
    if waiting:
        lines[-1] = f"{lines[-1]} {' '.join(waiting)}"
    return [_cut(line, width=width, size=size) for line in lines]


def _cut(line: str, *, width: float, size: float) -> str:
    if text_width(line, size) <= width:
        return line
    while line and text_width(f"{line}\N{HORIZONTAL ELLIPSIS}", size) > width:
        line = line[:-1]
    return f"{line.rstrip()}\N{HORIZONTAL ELLIPSIS}"


def _letter(letter: str) -> float:
    if letter in _NARROW_LETTERS:
        return 0.34
    if letter in _WIDE_LETTERS or ord(letter) > 0x2E80:
        return 1.0
    return 0.72 if letter.isupper() else 0.56


def _value(value: str | float) -> str:
    if isinstance(value, str):
        return value
    return f"{value:.2f}".rstrip("0").rstrip(".")
