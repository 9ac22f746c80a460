"""The pictures: inside their frames, readable, drawn from what they are given."""

from __future__ import annotations

import re
from dataclasses import replace
from importlib import resources

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tallystick.analyse import architecture_of
from tallystick.prove.report.charts import (
    YEARS,
    Curve,
    exceedance_chart,
    interval_bar,
    stacked_bar,
)
from tallystick.prove.report.landscape import draw_scene, draw_service
from tallystick.prove.report.scene import scene_of
from tallystick.prove.report.svg import NARROW, WIDE
from tallystick.prove.report.words import money, money_range, round_amounts, tick
from tallystick.standard.vocabulary import CHANNELS, ENVIRONMENTS, HANDSETS, PARTIES
from tests.rooms.prove.report.drawings import assert_apart, drawing, frame, spans
from tests.rooms.prove.report.made import Told

CHANCES = tuple(1_000_000 // years for years in YEARS)


def curve(kind: str, *, step: int) -> Curve:
    points = tuple((chance, (place + 1) * step) for place, chance in enumerate(CHANCES))
    return Curve(
        kind=kind,
        label=f"{kind} countermeasures",
        low=tuple((chance, loss // 2) for chance, loss in points),
        mid=points,
        high=tuple((chance, loss * 2) for chance, loss in points),
    )


@pytest.mark.parametrize("width", [WIDE, NARROW])
@given(before=st.integers(1, 10**13), after=st.integers(0, 10**13), accepted=st.integers(1, 10**13))
def test_a_curve_stays_in_its_frame(width: int, before: int, after: int, accepted: int) -> None:
    drawn = drawing(
        exceedance_chart(
            [curve("before", step=before), curve("after", step=after)],
            accepted=((50_000, accepted), (10_000, accepted * 2)),
            currency="KES",
            width=width,
            height=440,
            label="a chart",
        )
    )
    wide, high = frame(drawn)
    for node in drawn.iter("path"):
        numbers = [float(number) for number in re.findall(r"-?\d+\.?\d*", node.attrib["d"])]
        assert all(0 <= x <= wide for x in numbers[::2])
        assert all(0 <= y <= high for y in numbers[1::2])


@pytest.mark.parametrize("width", [WIDE, NARROW])
@pytest.mark.parametrize("step", [1, 700, 10**6, 10**9, 10**12])
def test_words_on_a_curve_neither_leave_it_nor_meet(width: int, step: int) -> None:
    drawn = drawing(
        exceedance_chart(
            [curve("before", step=step * 6), curve("after", step=step)],
            accepted=((50_000, step * 2), (10_000, step * 3)),
            currency="KES",
            width=width,
            height=440,
            label="a chart",
        )
    )
    wide, _ = frame(drawn)
    placed = spans(drawn)
    assert all(left >= 0 and right <= wide for left, right, _, _ in placed)
    assert_apart(drawn)


def test_a_curve_without_losses_can_be_drawn() -> None:
    nothing = replace(curve("after", step=1), low=((1, 0),), mid=((1, 0),), high=((1, 0),))
    drawn = exceedance_chart(
        [nothing], accepted=((50_000, 0),), currency="UGX", width=WIDE, height=400, label="none"
    )
    assert drawing(drawn).findtext("title") == "none"


@pytest.mark.parametrize("width", [WIDE, NARROW])
def test_a_service_with_everything_fits_its_diagram(told: Told, width: int) -> None:
    service, long = told.service, "A provider with a rather long name of many words and letters"
    handset, party, module = service.handsets[0], service.parties[0], service.modules[0]
    crowded = replace(
        service,
        name=long,
        provider=replace(service.provider, name=long),
        channels=CHANNELS,
        handsets=tuple(
            replace(handset, kind=kind, secure_environment=keys, share_permille=1)
            for kind in HANDSETS
            for keys in ENVIRONMENTS
        ),
        parties=tuple(replace(party, role=role, name="W" * 60) for role in PARTIES),
        modules=tuple(replace(module, name=f"{long} {n}") for n in range(4)),
    )
    scene = scene_of(crowded, architecture_of(crowded))
    drawn = drawing(draw_scene(scene, width=width, label=long))
    wide, high = frame(drawn)
    for left, right, y, words in spans(drawn):
        assert left >= 0, words
        assert right <= wide, words
        assert 0 < y < high, words
    assert_apart(drawn)
    for box in drawn.iter("rect"):
        assert float(box.attrib["x"]) + float(box.attrib["width"]) <= wide
        assert float(box.attrib["y"]) + float(box.attrib["height"]) <= high


def test_a_diagram_shows_who_takes_part(told: Told) -> None:
    words = " ".join(drawing(draw_service(told.service, told.analysis).pictures[WIDE]).itertext())
    for party in told.service.parties:
        assert party.name in words
    for handset in told.service.handsets:
        assert f"{handset.share_permille // 10}\N{NO-BREAK SPACE}%" in words


@given(parts=st.lists(st.integers(0, 50), min_size=1, max_size=6), spare=st.integers(0, 50))
def test_stacked_counts_fill_their_share(parts: list[int], spare: int) -> None:
    whole = sum(parts) + spare
    drawn = drawing(stacked_bar([("open", part) for part in parts], whole=whole))
    widths = [float(node.attrib["width"].rstrip("%")) for node in drawn.iter("rect")]
    assert len(widths) == sum(part > 0 for part in parts)
    assert sum(widths) <= 100.01
    if whole:
        assert sum(widths) == pytest.approx(100 * sum(parts) / whole, abs=0.1)


def test_a_bar_ends_at_its_middle_and_marks_what_is_accepted() -> None:
    drawn = drawing(interval_bar(low=10, mid=25, high=80, whole=100, kind="before", mark=50))
    assert [node.get("width") for node in drawn.iter("rect")] == ["25%"]
    limit = [node.get("x1") for node in drawn.iter("line") if node.get("class") == "limit"]
    assert limit == ["50%"]


@given(st.integers(0, 10**17))
def test_rounded_amounts_are_near_and_short(minor: int) -> None:
    told = money(minor, "KES")
    assert told.endswith("\N{NO-BREAK SPACE}KES")
    assert len(told) <= 14
    scale = {"M": 10**6, "bn": 10**9, "tn": 10**12}
    number, *unit = told.removesuffix("\N{NO-BREAK SPACE}KES").split("\N{NO-BREAK SPACE}")
    value = float(number.replace("\N{NARROW NO-BREAK SPACE}", "")) * scale.get("".join(unit), 1)
    assert value == pytest.approx(minor / 100, rel=0.0527, abs=0.06)  # 9.50 is told as 10


def test_ranges_say_the_unit_once() -> None:
    assert money_range(5 * 10**8, 9 * 10**8, "KES").split() == ["5", "to", "9", "M", "KES"]
    assert money_range(100, 9 * 10**8, "KES").split() == ["1", "to", "9", "M", "KES"]
    assert money_range(7, 7, "UGX").split() == ["7", "UGX"]
    assert tick(5, "UGX") == "5"


def test_only_amounts_in_a_sentence_are_rounded() -> None:
    told = round_amounts("takes 21.6 person-days, 325005.00 KES of work, C-1 KESH", "KES")
    assert told.replace("\N{NARROW NO-BREAK SPACE}", " ").replace("\N{NO-BREAK SPACE}", " ") == (
        "takes 21.6 person-days, 325 000 KES of work, C-1 KESH"
    )


COLOUR = re.compile(r"--(\w+): (#[0-9a-f]{6});")


def contrast(one: str, two: str) -> float:
    """WCAG 2.2 contrast ratio."""

    def luminance(colour: str) -> float:
        parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
        linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    light, dark = sorted((luminance(one), luminance(two)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def test_text_can_be_read_on_every_ground() -> None:
    folder = resources.files("tallystick.prove.report") / "templates"
    css = (folder / "report.css").read_text(encoding="utf-8")
    named = dict(COLOUR.findall(css))
    for words in ("ink", "soft", "accent"):
        for ground in (named["paper"], named["wash"], "#fff8e8", "#f1f8f6", "#fdf5ee", "#eef5fa"):
            assert contrast(named[words], ground) >= 4.5
    pairs = re.findall(r"\{ color: (#\w{6}); background: (#\w{6}); \}", css)
    assert pairs
    assert all(contrast(words, ground) >= 4.5 for words, ground in pairs)
    assert contrast("#ffffff", named["accent"]) >= 4.5
    assert contrast("#ffffff", named["closed"]) >= 4.5
