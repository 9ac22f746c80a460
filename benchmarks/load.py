"""A load of secured payments from another process: prepared by real handsets, sent in bulk."""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from tallystick.handset import Handset, Order

PARTS = {"edges": b"serve.edges.process", "crypto module": b"crypto.modules.process"}
CLOCK_TICKS = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True, slots=True)
class Prepared:
    """One payment, ready to be written to a socket."""

    handset: Handset
    order: Order
    octets: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """What a load met: latencies, and CPU seconds of the server's whole process tree."""

    payments: int
    accepted: int
    seconds: float
    cpu_seconds: float
    cpu_by_part: Mapping[str, float]
    latencies_ms: Sequence[float]
    answers: Sequence[tuple[Prepared, bytes]]

    @property
    def per_second(self) -> float:
        return self.payments / self.seconds

    @property
    def per_cpu_second(self) -> float:
        return self.payments / max(self.cpu_seconds, 1 / CLOCK_TICKS)

    def percentile_ms(self, percent: float) -> float:
        ordered = sorted(self.latencies_ms)
        return ordered[min(len(ordered) - 1, int(len(ordered) * percent / 100))]


def prepare(handset: Handset, order: Order) -> Prepared:
    """Sign and seal one order under the next counter, as one HTTP/1.1 request."""
    headers, body = handset.prepare_message(order)
    target = urlsplit(handset.base_url)
    lines = ["POST /v1/messages HTTP/1.1", f"host: {target.netloc}"]
    lines += [f"{name.lower()}: {value}" for name, value in headers.items()]
    lines += [f"content-length: {len(body)}", "", ""]
    return Prepared(handset, order, "\r\n".join(lines).encode("ascii") + body)


def fire(queues: Sequence[Sequence[Prepared]], *, server: int, pace_s: float = 0.0) -> Measured:
    """Send each queue over its own kept-alive connection, one payment after another.

    `pace_s` is the time between two sends of one connection: zero sends as soon as it is answered.
    """
    return asyncio.run(_fire(queues, server, pace_s))


async def _fire(queues: Sequence[Sequence[Prepared]], server: int, pace_s: float) -> Measured:
    target = urlsplit(queues[0][0].handset.base_url)
    before, start = cpu_by_part(server), time.perf_counter()
    done = await asyncio.gather(
        *(_one(q, str(target.hostname), target.port or 80, pace_s, n / len(queues))
          for n, q in enumerate(queues))
    )  # fmt: skip
    seconds, after = time.perf_counter() - start, cpu_by_part(server)
    used = {part: spent - before.get(part, 0.0) for part, spent in after.items()}
    results = [result for one in done for result in one]
    return Measured(
        payments=len(results),
        accepted=sum(status == 200 for status, _, _, _ in results),
        seconds=seconds,
        cpu_seconds=sum(used.values()),
        cpu_by_part=used,
        latencies_ms=[ms for _, ms, _, _ in results],
        answers=[(prepared, body) for _, _, prepared, body in results],
    )


async def _one(
    queue: Sequence[Prepared], host: str, port: int, pace_s: float, phase: float
) -> list[tuple[int, float, Prepared, bytes]]:
    reader, writer = await asyncio.open_connection(host, port)
    results = []
    due = time.perf_counter() + phase * pace_s
    for prepared in queue:
        if pace_s:
            await asyncio.sleep(max(0.0, due - time.perf_counter()))
            due += pace_s
        sent = due - pace_s if pace_s else time.perf_counter()
        writer.write(prepared.octets)
        status, body = await _read_response(reader)
        results.append((status, (time.perf_counter() - sent) * 1000, prepared, body))
    writer.close()
    return results


async def _read_response(reader: asyncio.StreamReader) -> tuple[int, bytes]:
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").lower()
    length = int(head.split("content-length: ")[1].split("\r\n")[0])
    return int(head[9:12]), await reader.readexactly(length)


def cpu_by_part(pid: int) -> dict[str, float]:
    """CPU seconds so far of a service's sequencer, its edges together, and its crypto module."""
    parts = {"sequencer": 0.0}
    for entry in [pid, *_children(pid)]:
        command = Path(f"/proc/{entry}/cmdline").read_bytes()
        part = next((name for name, mark in PARTS.items() if mark in command), "sequencer")
        parts[part] = parts.get(part, 0.0) + cpu_seconds(entry)
    return parts


def cpu_seconds(pid: int) -> float:
    """CPU seconds that a process has used so far."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / CLOCK_TICKS


def _children(pid: int) -> list[int]:
    found: list[int] = []
    for task in Path(f"/proc/{pid}/task").iterdir():
        for child in (task / "children").read_text().split():
            found += [int(child), *_children(int(child))]
    return found
