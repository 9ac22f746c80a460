"""What stands in a path of the hub's requests goes back in a path, and nowhere else."""

from __future__ import annotations

from urllib.parse import unquote

import pytest

from tests.hub import BEN, Scheme
from tests.stage import Person


@pytest.mark.parametrize(
    ("sent", "name"),
    [
        ("%C3%A9cole", "école"),
        ("a%3Fb%23c", "a?b#c"),
        ("%25", "%"),
        ("%2B254700000009", "+254700000009"),
        ("a%20b", "a b"),
        ("x@y.example", "x@y.example"),
    ],
)
def test_an_odd_identifier_is_answered_where_it_was_asked(
    scheme: Scheme, ben: Person, sent: str, name: str
) -> None:
    path = f"/parties/ALIAS/{sent}"
    for signed in (f"/parties/ALIAS/{name}", path):
        scheme.accepted("GET", path, signed_path=signed)
        assert scheme.wait("PUT", f"/parties/ALIAS/{name}").error == "3200"
    other = scheme.say("GET", path, signed_path="/parties/ALIAS/other")
    assert other.json()["errorInformation"]["errorCode"] == "3105"
    scheme.accepted("GET", f"/parties/MSISDN/{BEN}")
    assert scheme.wait("PUT", f"/parties/MSISDN/{BEN}").body["party"]["name"] == "Ben Kamau"


@pytest.mark.parametrize("sent", ["%2E%2E", "%2E", "%00", "%0D%0AX-Y:z", "a" * 129, "%E2%80%AE"])
def test_what_is_no_identifier_is_refused(scheme: Scheme, sent: str) -> None:
    for path in (f"/parties/ALIAS/{sent}", f"/parties/MSISDN/{BEN}/{sent}"):
        answer = scheme.say("GET", path, signed_path=unquote(path))
        assert answer.status_code == 400, path


@pytest.mark.parametrize("path", ["/parties/MSISDN/1/", "/quotes/", "/transfers//"])
def test_nobody_is_sent_elsewhere(scheme: Scheme, path: str) -> None:
    answer = scheme.client.get(path, follow_redirects=False)
    assert answer.status_code in (400, 404, 405)
