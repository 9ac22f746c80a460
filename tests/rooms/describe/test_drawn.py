"""Components and flows of a service file: read, defaulted, and refused with the line."""

from __future__ import annotations

from pathlib import Path

import pytest

from tallystick.describe import ServiceFileRefused, read_service, service_json_schema
from tallystick.describe.imports.writing import drawn_text
from tallystick.testing.drawings import drawn_service

TEXT = (Path(__file__).parents[3] / "examples" / "wallet.toml").read_text(encoding="utf-8")
START = TEXT.count("\n") + 1

DRAWN = """
[[component]]
id = "cache"
kind = "server"
zone = "edge"
holds = ["messages", "credentials"]

[[component]]
id = "server"
kind = "server"

[[flow]]
from = "gateway"
to = "cache"
channel = "local"
carries = ["personal_data", "messages"]
protected = "transport"

[[flow]]
from = "cache"
to = "server"
channel = "local"
"""


def test_drawn_parts_are_read() -> None:
    service = read_service(TEXT + DRAWN)
    cache, server = service.components
    assert (cache.id, cache.kind, cache.zone) == ("cache", "server", "edge")
    assert cache.holds == ("credentials", "messages"), "in the order of the catalogue"
    assert (server.zone, server.holds) == ("inside", ("messages", "service")), "those of its kind"
    one, two = service.flows
    assert (one.source, one.target, one.channel) == ("gateway", "cache", "local")
    assert one.carries == ("messages", "personal_data")
    assert (one.protected, two.protected, two.carries) == ("transport", "none", ())


def test_what_is_drawn_is_part_of_the_service() -> None:
    plain = read_service(TEXT + DRAWN).plain()
    assert [one["id"] for one in plain["components"]] == ["cache", "server"]
    assert plain["flows"][0]["source"] == "gateway"
    assert read_service(TEXT + DRAWN).digest != read_service(TEXT).digest


REFUSED = [  # text there, text instead, line after the example, what is said
    ('kind = "server"\nzone', 'kind = "kiosk"\nzone', 3, "component[1].kind"),
    ('id = "cache"', 'id = "Cache"', 2, "component[1].id"),
    ('id = "server"\nkind = "server"', 'id = "cache"\nkind = "server"', 8, '"cache" stands twice'),
    ('id = "server"\nkind = "server"', 'id = "server"\nkind = "books"', 9, '"server" is a server'),
    ('zone = "edge"', 'zone = "attic"', 4, "component[1].zone"),
    ('["messages", "credentials"]', '["hat"]', 5, 'found "hat"'),
    ('["messages", "credentials"]', '["messages", "messages"]', 5, "stands twice"),
    ('from = "gateway"', 'from = "gatway"', 12, 'did you mean "gateway"'),
    ('to = "cache"', 'to = "nowhere"', 13, '"nowhere" is no component'),
    ('to = "cache"', 'to = "gateway"', 13, "flows to itself"),
    ('channel = "local"\ncarries', 'channel = "telex"\ncarries', 14, "flow[1].channel"),
    ('channel = "local"\ncarries', 'channel = "sms"\ncarries', 14, "not among the service's"),
    ('protected = "transport"', 'protected = "hope"', 16, "flow[1].protected"),
    ('from = "cache"\nto = "server"', 'from = "gateway"\nto = "cache"', 18, "the same flow stands"),
    ('id = "cache"', 'id = "cache"\nname = "x"', 3, "unknown key"),
]


@pytest.mark.parametrize(("there", "instead", "line", "says"), REFUSED)
def test_what_cannot_be_is_refused_with_its_line(
    there: str, instead: str, line: int, says: str
) -> None:
    assert DRAWN.count(there) >= 1
    with pytest.raises(ServiceFileRefused) as refused:
        read_service(TEXT + DRAWN.replace(there, instead, 1))
    assert any(
        problem.startswith(f"service.toml:{START + line}:") and says in problem
        for problem in refused.value.problems
    ), refused.value.problems


def test_elements_that_follow_are_those_of_the_facts() -> None:
    flow = '\n[[flow]]\nfrom = "mobile-network"\nto = "gateway"\nchannel = "line"\n'
    with pytest.raises(ServiceFileRefused, match="is no component"):
        read_service(TEXT + flow)
    with_operator = TEXT + '\n[[party]]\nrole = "mobile_operator"\nname = "Operator"\n'
    assert read_service(with_operator + flow).flows[0].source == "mobile-network"


def test_editors_are_told() -> None:
    properties = service_json_schema()["properties"]
    assert properties["flow"]["items"]["required"] == ["from", "to", "channel"]
    assert "gateway" in properties["component"]["items"]["properties"]["kind"]["enum"]


def test_a_drawing_survives_being_written_down() -> None:
    drawn = drawn_service(read_service(TEXT), components=40, flows=70)
    again = read_service(f"{TEXT}\n{drawn_text(drawn.components, drawn.flows)}")
    assert again == drawn
    assert again.digest == drawn.digest
