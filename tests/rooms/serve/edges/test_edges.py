"""Two edges and one sequencer: the same wire on each, one place where orders are decided."""

from __future__ import annotations

import asyncio
import errno
import socket
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import httpx
import pytest

from tallystick.handset import Handset
from tallystick.protect.corridor import Vetted
from tallystick.protect.customers import PIN_RECORDS, PinRecord
from tallystick.protect.devices import DEVICES, DeviceState
from tallystick.protect.enforcement import Mark, ServiceClosed
from tallystick.serve.edges.frames import Heard, Who, read_heard
from tallystick.serve.edges.front import EdgeFront
from tallystick.serve.edges.link import Link
from tallystick.serve.edges.worker import Accepting
from tallystick.testing import marks_only
from tests.edges import Edges, Through, edges
from tests.spoilt import other_end
from tests.stage import ADDRESS, Person, Stage, kes, pay, payment, refusal, secret

URL = ADDRESS
GRANT_REFUSED = (401, "grant.refused")


@pytest.fixture
def two(stage: Stage) -> Iterator[Edges]:
    """Everything goes through edges: the platform's own loop is gone."""
    stage.transport.close()
    with edges(stage.platform, clock=stage.clock) as started:
        started.add(public_url=URL)
        stage.transport = Through(started.add(public_url=URL))  # type: ignore[assignment]
        yield started


@pytest.fixture
def proxy(two: Edges) -> Through:
    return Through(two.urls[0])


@pytest.fixture
def ann(stage: Stage, proxy: Through) -> Iterator[Person]:
    """Alice, whose proxy may send her to either edge."""
    handset = Handset.restore(stage.states["alice"], clock=stage.clock, transport=proxy)
    with handset:
        yield Person(handset, "Alice Wanjiru")


def test_a_payment_through_an_edge_is_like_any_other(
    stage: Stage, two: Edges, ann: Person, bob: Person
) -> None:
    answer = pay(ann, bob, 60_000)
    assert answer.accepted
    assert stage.balance(bob) == (60_000, 0)
    kinds = stage.kinds(answer)
    assert "customer.authenticated" in kinds
    assert kinds[-1] == "receipt.bound"
    assert stage.findings() == []


def test_a_grant_of_one_edge_is_good_on_the_other(
    stage: Stage, two: Edges, ann: Person, proxy: Through, bob: Person
) -> None:
    ann.handset.open_session()
    for url in (two.urls[1], two.urls[0], two.urls[1]):
        proxy.url = url
        assert pay(ann, bob, 60_000).accepted
    assert stage.balance(bob) == (180_000, 0)


def test_a_proof_that_was_shown_to_one_edge_is_known_to_the_other(
    stage: Stage, two: Edges, ann: Person, bob: Person
) -> None:
    headers, body = ann.handset.prepare_message(payment(ann, bob, 60_000))
    first = httpx.post(f"{two.urls[0]}/v1/messages", content=body, headers=headers, trust_env=False)
    again = httpx.post(f"{two.urls[1]}/v1/messages", content=body, headers=headers, trust_env=False)
    assert first.status_code == 200
    assert (again.status_code, again.json()["code"]) == GRANT_REFUSED
    assert stage.balance(bob) == (60_000, 0)


def test_a_proof_is_burnt_although_its_message_was_refused(
    stage: Stage, two: Edges, ann: Person, bob: Person
) -> None:
    headers, body = ann.handset.prepare_message(payment(ann, bob, 60_000))
    spoilt = other_end(body.decode()).encode()
    before = stage.platform.evidence.size()
    codes = [
        httpx.post(f"{url}/v1/messages", content=sent, headers=headers, trust_env=False).json()
        for url, sent in ((two.urls[0], spoilt), (two.urls[1], body), (two.urls[0], spoilt))
    ]
    assert [said["code"] for said in codes] == [
        "message.refused",
        "grant.refused",
        "grant.refused",
    ]
    reasons = [t["facts"][0]["detail"]["reason"] for t in stage.tallies()[before:]]
    assert reasons == ["message.refused", "proof.refused", "proof.refused"]


def test_every_other_endpoint_answers_on_every_edge(
    stage: Stage, two: Edges, ann: Person, bob: Person
) -> None:
    pay(ann, bob, 100)
    for url in two.urls:
        with httpx.Client(base_url=url, trust_env=False) as client:
            assert client.get("/v1/healthz").json() == {"status": "open"}
            assert set(client.get("/v1/service").json()) == {"statement", "signature"}
            assert "challenge" in client.post("/v1/challenges").json()
            size = int(client.get("/v1/checkpoint").text.split("\n")[1])
            assert client.get(f"/v1/consistency?from=1&to={size}").status_code == 200
            assert client.get("/v1/consistency?from=1&to=9999").status_code == 400
            assert client.get("/v1/nothing").status_code == 404


def test_a_handset_is_bound_through_an_edge(stage: Stage, two: Edges) -> None:
    data = stage.registered("Carol Achieng").data
    assert data is not None
    handset = stage.handset(transport=Through(two.urls[1]))
    with handset:
        assert handset.enrol(str(data["activation"]), secret()).accepted
        assert handset.balance().accepted


# ---- what an edge believed is judged again where it is decided ------------------------------------


class Between:
    """Does something between an edge's verification and the sequencer's decision, once."""

    def __init__(self, two: Edges, act: Any) -> None:
        sequencer = two.turns._sequencer
        take = sequencer.take
        self.seen: list[Vetted] = []

        def later(orders: Any) -> Any:
            self.seen += orders
            if len(self.seen) == len(orders):
                act()
            return take(orders)

        sequencer.take = later  # type: ignore[method-assign]


def marked(stage: Stage, mark: Mark[Any]) -> None:
    stage.platform._corridor.settle(marks_only(mark))


def test_a_device_that_is_suspended_in_between_does_not_pay(
    stage: Stage, two: Edges, ann: Person, bob: Person
) -> None:
    assert pay(ann, bob, 100).accepted
    device = stage.platform._desk.registers.get(DEVICES, ann.device)
    assert device is not None
    suspended = device.in_state(DeviceState.SUSPENDED)
    between = Between(two, lambda: marked(stage, Mark(DEVICES, device.id, suspended)))
    assert pay(ann, bob, 60_000).code == "device.suspended"
    assert between.seen[0].intent is not None, "the edge had verified it all"
    assert stage.balance(bob) == (100, 0)


def test_a_pin_that_is_changed_in_between_is_asked_for_anew(
    stage: Stage, two: Edges, ann: Person, bob: Person
) -> None:
    customer = ann.handset.bound().customer
    other = Mark(PIN_RECORDS, customer, PinRecord(reference=bytes(range(32))))
    between = Between(two, lambda: marked(stage, other))
    assert pay(ann, bob, 60_000).code == "customer.not_verified"
    assert between.seen[0].pin is not None
    assert between.seen[0].pin.refusal is None
    assert pay(ann, bob, 60_000).code == "customer.not_verified"
    assert between.seen[1].pin is not None
    assert between.seen[1].pin.reference == bytes(range(32)), "the edge has learnt of it"


def test_a_device_whose_keys_are_others_by_now_is_verified_again(
    stage: Stage, two: Edges, ann: Person, bob: Person
) -> None:
    """No operation gives a device another session key; a verdict is not believed all the same."""
    record = stage.platform._desk.registers.get(DEVICES, ann.device)
    stranger = stage.platform._desk.registers.get(DEVICES, bob.device)
    assert record is not None
    assert stranger is not None
    other = replace(record, session_key=stranger.session_key)
    between = Between(two, lambda: marked(stage, Mark(DEVICES, record.id, other)))
    assert refusal(pay, ann, bob, 60_000) == (400, "message.refused")
    assert len(between.seen) == 1, "verified again with the new key, which is not hers"
    assert stage.balance(bob) == (0, 0)


def test_an_intent_is_verified_again_when_its_key_is_another(
    stage: Stage, two: Edges, ann: Person, bob: Person
) -> None:
    record = stage.platform._desk.registers.get(DEVICES, ann.device)
    stranger = stage.platform._desk.registers.get(DEVICES, bob.device)
    assert record is not None
    assert stranger is not None
    other = replace(record, signature_key=stranger.signature_key)
    Between(two, lambda: marked(stage, Mark(DEVICES, record.id, other)))
    assert pay(ann, bob, 60_000).code == "intent.refused"


# ---- when something is gone ---------------------------------------------------------------------


def test_an_edge_that_goes_leaves_the_other_at_work(
    stage: Stage, two: Edges, ann: Person, proxy: Through, bob: Person
) -> None:
    assert pay(ann, bob, 60_000).accepted
    two.run(two.stations[0].close)
    proxy.url = two.urls[1]
    assert pay(ann, bob, 60_000).accepted
    assert stage.balance(bob) == (120_000, 0)


def test_an_edge_whose_module_hangs_refuses_in_time_and_alone(
    stage: Stage,
    two: Edges,
    ann: Person,
    proxy: Through,
    bob: Person,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    ours, theirs = socket.socketpair()  # nobody ever answers on this one
    monkeypatch.setattr("tallystick.crypto.modules.link.ANSWER_S_MAX", 0.05)
    monkeypatch.setattr(stage.platform, "admit_edge", lambda: ours)
    hung = two.add(public_url=URL)
    with theirs:
        proxy.url = hung
        assert refusal(pay, ann, bob, 60_000) == (503, "service.closed")
        health = httpx.get(f"{hung}/v1/healthz", trust_env=False)
        assert (health.status_code, health.json()["code"]) == (503, "service.closed")
        proxy.url = two.urls[0]
        assert pay(ann, bob, 60_000).accepted


def test_a_front_whose_sequencer_is_gone_refuses(stage: Stage) -> None:
    async def alone() -> None:
        ours, theirs = socket.socketpair()
        front = EdgeFront(clock=stage.clock, lost=lambda: None)
        theirs.close()
        with pytest.raises(ServiceClosed, match="sequencer is gone"):
            await front.open(ours, stage.platform.admit_edge())
        front.close()

    asyncio.run(alone())


def test_funds_move_through_edges_too(stage: Stage, two: Edges, ann: Person, bob: Person) -> None:
    treasury = stage.staff("treasury").handset
    assert treasury.confirm_funds(kes(100), "edge-reference").accepted
    assert ann.handset.balance().accepted


# ---- what strangers do to an edge itself --------------------------------------------------------


def test_a_question_longer_than_a_frame_takes_harms_no_edge(two: Edges) -> None:
    for url in two.urls:
        asked = f"{url}/v1/consistency?from={'1' * 20_000}&to=2"
        answer = httpx.get(asked, trust_env=False)
        assert (answer.status_code, answer.json()["code"]) == (400, "range.refused")
        assert httpx.get(f"{url}/v1/healthz", trust_env=False).status_code == 200


def test_what_no_frame_holds_ends_the_link_instead_of_leaving_others_waiting() -> None:
    async def write() -> None:
        ours, theirs = socket.socketpair()
        lost = asyncio.Event()
        link: Link[Heard] = Link(read=read_heard, take=lambda _: None, lost=lost.set)
        await link.over(ours)
        link.send(Who(1, "\ud800"))
        async with asyncio.timeout(10):
            await lost.wait()
        theirs.close()

    asyncio.run(write())


def test_an_edge_that_can_open_no_more_files_looks_again_later(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    class Full(socket.socket):
        tried = 0

        def accept(self) -> tuple[socket.socket, Any]:
            self.tried += 1
            if self.tried == 1:
                raise OSError(errno.EMFILE, "too many open files")
            return super().accept()

    async def connect() -> int:
        made = asyncio.Event()

        def make() -> asyncio.Protocol:
            made.set()
            return asyncio.Protocol()

        with Full() as listener, socket.socket() as stranger:
            listener.bind(("127.0.0.1", 0))
            listener.listen()
            accepting = Accepting(listener, make)
            stranger.connect(listener.getsockname())
            async with asyncio.timeout(10):
                await made.wait()
            accepting.close()
            return listener.tried

    monkeypatch.setattr("tallystick.serve.edges.worker.PAUSE_S", 0.1)
    assert asyncio.run(connect()) == 2
