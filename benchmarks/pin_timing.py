"""How long a PIN verification takes by what is wrong: over the module's socket, and by itself.

Reports and asserts nothing: a difference of a microsecond is no fault of a test. Read the last
column: Welch's t between each kind and a wrong PIN; beyond 4.5 the two can be told apart with this
many calls (the threshold of TVLA, ISO/IEC 17825). What must not be told apart is what a guesser
does not see anyway, the kinds of wrong among themselves; right and wrong differ in the answer.

    python benchmarks/pin_timing.py [calls of each kind]
"""

from __future__ import annotations

import math
import os
import random
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from tallystick.assembly.payment_home import create_payment_home, open_payment_module
from tallystick.crypto.key_blocks import KeyAlgorithm, KeyMode, KeyUsage
from tallystick.crypto.mechanisms import BlockCipher
from tallystick.crypto.payment import (
    ByPvv,
    CreateKey,
    Drawn,
    ForPvv,
    GeneratedPin,
    GeneratePin,
    KeyView,
    ModulePolicy,
    PaymentModule,
    PinPlace,
    VerifyPin,
)
from tallystick.crypto.pins import (
    PinFormat,
    PinRefused,
    PinSide,
    encipher_pin,
    pvv_of,
    verify_pvv,
)
from tallystick.ground.secret import Secret

ACCOUNT, OTHER = "4929123456789014", "4929123456999014"
FORM = PinFormat.ISO_0
UNLIMITED = ModulePolicy(pin_failures_max=2**52, key_failures_max=2**52)


def main(calls: int) -> None:
    print(f"{calls} calls of each kind, in random order; microseconds\n")
    with tempfile.TemporaryDirectory() as folder:
        home, passphrase = Path(folder), Secret(os.urandom(16).hex().encode())
        create_payment_home(home, passphrase)
        with open_payment_module(home, passphrase, UNLIMITED) as module:
            kinds = _over_the_socket(module)
            report("over the socket, failures counted durably", measured(kinds, calls))
    report("the function by itself", measured(_by_itself(), calls))


def measured(kinds: Mapping[str, Callable[[], object]], calls: int) -> dict[str, list[float]]:
    """Times of each kind, in microseconds, measured in one random order."""
    order = [name for name in kinds for _ in range(calls)]
    random.shuffle(order)
    for work in kinds.values():
        work()
    times: dict[str, list[float]] = {name: [] for name in kinds}
    for name in order:
        work = kinds[name]
        start = time.perf_counter_ns()
        work()
        times[name].append((time.perf_counter_ns() - start) / 1000)
    return times


def report(title: str, times: Mapping[str, Sequence[float]]) -> None:
    print(f"{title}\n{'':24}{'mean':>9}{'p50':>9}{'p90':>9}{'p99':>9}{'t':>8}")
    for name, found in times.items():
        cuts = statistics.quantiles(found, n=100)
        t = welch_t(found, times["wrong PIN"])
        mean = statistics.fmean(found)
        print(f"{name:24}{mean:9.1f}{cuts[49]:9.1f}{cuts[89]:9.1f}{cuts[98]:9.1f}{t:8.1f}")
    print()


def welch_t(one: Sequence[float], other: Sequence[float]) -> float:
    """Welch's t of two samples, each without its slowest hundredth (interrupts of the machine)."""
    a, b = (sorted(sample)[: len(sample) - len(sample) // 100] for sample in (one, other))
    spread = statistics.variance(a) / len(a) + statistics.variance(b) / len(b)
    return (statistics.fmean(a) - statistics.fmean(b)) / math.sqrt(spread) if spread else 0.0


def _over_the_socket(module: PaymentModule) -> dict[str, Callable[[], object]]:
    zone = _made(module, KeyUsage.PIN_ENCRYPTION, KeyMode.BOTH)
    pvk = _made(module, KeyUsage.PIN_VERIFICATION_PVV, KeyMode.GENERATE_AND_VERIFY)
    place = PinPlace(key=zone, form=FORM, account=ACCOUNT)
    elsewhere = PinPlace(key=zone, form=FORM, account=OTHER)
    call = GeneratePin(key=pvk, outgoing=place, how=Drawn(), verified_by=ForPvv(key_index=1))
    (made,) = module.perform([call])
    assert isinstance(made, GeneratedPin)
    right, wrong = ByPvv(pvv=made.value, key_index=1), ByPvv(pvv="none", key_index=1)
    asked = {
        "right PIN": (made.block, place, right),
        "wrong PIN": (made.block, place, wrong),
        "block of another account": (made.block, elsewhere, right),
        "random block": (os.urandom(8), place, right),
        "block of 16 octets": (bytes(16), place, right),
    }

    def ask(block: bytes, presented: PinPlace, by: ByPvv) -> Callable[[], object]:
        question = [VerifyPin(block=block, presented=presented, key=pvk, by=by)]
        return lambda: module.perform(question)

    return {name: ask(*parts) for name, parts in asked.items()}


def _by_itself() -> dict[str, Callable[[], object]]:
    zone, pvk = BlockCipher.tdes(os.urandom(24)), BlockCipher.tdes(os.urandom(24))
    side, elsewhere = PinSide(FORM, zone, ACCOUNT), PinSide(FORM, zone, OTHER)
    block = encipher_pin("7305", side, random=os.urandom)
    pvv = pvv_of("7305", cipher=pvk, account=ACCOUNT, key_index=1)
    asked = {
        "right PIN": (block, side, pvv),
        "wrong PIN": (block, side, "none"),
        "block of another account": (block, elsewhere, pvv),
        "random block": (os.urandom(8), side, pvv),
        "block of 16 octets": (bytes(16), side, pvv),
    }

    def ask(block: bytes, presented: PinSide, pvv: str) -> Callable[[], object]:
        def work() -> None:
            try:
                verify_pvv(block, presented, cipher=pvk, account=ACCOUNT, key_index=1, pvv=pvv)
            except PinRefused:
                return

        return work

    return {name: ask(*parts) for name, parts in asked.items()}


def _made(module: PaymentModule, usage: KeyUsage, mode: KeyMode) -> str:
    (view,) = module.perform([CreateKey(usage=usage, algorithm=KeyAlgorithm.TDES_3KEY, mode=mode)])
    assert isinstance(view, KeyView)
    return view.key


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 2_000)
