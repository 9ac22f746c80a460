"""A token of SoftHSM behind its process, beside the same calls made directly and beside software.

The yardstick is python-pkcs11 in this process, one session, handles kept. Wall time: the work is in
two processes. SoftHSM says nothing of how fast a device is; it says what our way to it costs.
"""

from __future__ import annotations

import itertools
import os
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from tallystick.backends.pkcs11 import TokenKeeper, mac_question
from tallystick.crypto.key_blocks import (
    Exportability,
    KeyAlgorithm,
    KeyAttributes,
    KeyMode,
    KeyUsage,
)
from tallystick.crypto.keys import SoftwareMasterKey, Step, dukpt_steps
from tallystick.crypto.transaction_keys import AesSerialNumber, WorkingKind, WorkingUsage
from tallystick.ground.secret import Secret

LIBRARY = Path("/usr/lib/softhsm/libsofthsm2.so")
SECONDS, BATCH, RECORD = 0.5, 64, bytes(48)


def rows() -> Iterator[tuple[str, float, str]]:
    """What was measured, how many a second, and a remark. Nothing where there is no SoftHSM."""
    if not LIBRARY.exists():
        return
    with tempfile.TemporaryDirectory(prefix="tallystick-bench-") as directory:
        file = make_token(Path(directory))
        with TokenKeeper(file, create=True) as keeper:
            yield from measured(keeper, Path(directory))


def measured(keeper: TokenKeeper, directory: Path) -> Iterator[tuple[str, float, str]]:
    software = SoftwareMasterKey(Secret(bytes(32)), count=None)
    theirs = bare(directory)
    sealed, soft = keeper.seal(RECORD, bound=b"h"), software.seal(RECORD, bound=b"h")
    ours: dict[str, Callable[[], object]] = {
        "seal a key record": lambda: keeper.seal(RECORD, bound=b"h"),
        "open a key record": lambda: keeper.open(sealed, bound=b"h"),
        "MAC of the journal": lambda: keeper.mac(RECORD),
    }
    plain: dict[str, Callable[[], object]] = {
        "seal a key record": lambda: software.seal(RECORD, bound=b"h"),
        "open a key record": lambda: software.open(soft, bound=b"h"),
        "MAC of the journal": lambda: software.mac(RECORD),
    }
    for name, work in ours.items():
        other = rate(theirs[name])
        yield f"{name}, python-pkcs11", other, "yardstick"
        yield f"{name}, software master key", rate(plain[name]), "in this process"
        own = rate(work)
        yield f"{name}, token in its process", own, f"{own / other:.2f} x python-pkcs11"
    counts = itertools.count(1)
    yield "raise the count in the token", rate(lambda: keeper.anchor(next(counts))), ""
    yield from inside(keeper)


def inside(keeper: TokenKeeper) -> Iterator[tuple[str, float, str]]:
    base = KeyAttributes(
        usage=KeyUsage.BASE_DERIVATION,
        algorithm=KeyAlgorithm.AES_128,
        mode=KeyMode.DERIVE,
        exportability=Exportability.NOT_EXPORTABLE,
    )
    key = keeper.create_key(base, label="bench").id
    steps: tuple[Step, ...] = dukpt_steps(
        AesSerialNumber(bytes(8), 0b10100100), WorkingUsage.MAC_GENERATE, WorkingKind.AES_128,
        base=KeyAlgorithm.AES_128,
    )  # fmt: skip
    one = rate(lambda: keeper.token_mac(key, RECORD, steps=steps))
    yield "CMAC under AES DUKPT in the token", one, f"{len(steps)} derivations each"
    questions = [mac_question(key, RECORD, steps) for _ in range(BATCH)]
    many = rate(lambda: keeper.together(questions)) * BATCH
    yield f"the same, {BATCH} in a batch", many, f"{many / one:.2f} x one by one"


def bare(directory: Path) -> dict[str, Callable[[], object]]:
    """The same three calls without us: the library in this process, keys that only live here."""
    import pkcs11
    from pkcs11 import Attribute, GCMParams, KeyType, Mechanism, MechanismFlag

    os.environ["SOFTHSM2_CONF"] = str(directory / "softhsm2.conf")
    token = pkcs11.lib(str(LIBRARY)).get_token(token_label="bench")  # noqa: S106 - a label
    session = token.open(rw=True, user_pin="8765-4321")
    stays: dict[Attribute, Any] = {Attribute.EXTRACTABLE: False}
    aes: Any = session.generate_key(
        KeyType.AES, 256, template=stays,
        capabilities=MechanismFlag.ENCRYPT | MechanismFlag.DECRYPT,
    )  # fmt: skip
    mac: Any = session.generate_key(
        KeyType.GENERIC_SECRET, 256, template=stays, capabilities=MechanismFlag.SIGN
    )

    def gcm(iv: bytes) -> dict[str, Any]:
        return {"mechanism": Mechanism.AES_GCM, "mechanism_param": GCMParams(iv, b"h", 128)}

    sealed = aes.encrypt(RECORD, **gcm(bytes(12)))
    return {
        "seal a key record": lambda: aes.encrypt(RECORD, **gcm(os.urandom(12))),
        "open a key record": lambda: aes.decrypt(sealed, **gcm(bytes(12))),
        "MAC of the journal": lambda: mac.sign(RECORD, mechanism=Mechanism.SHA256_HMAC),
    }


def make_token(directory: Path) -> Path:
    (directory / "tokens").mkdir()
    configuration, pin, file = (directory / n for n in ("softhsm2.conf", "pin", "token.toml"))
    configuration.write_text(
        f"directories.tokendir = {directory / 'tokens'}\nobjectstore.backend = file\n"
        "log.level = ERROR\n"
    )
    command = "softhsm2-util --init-token --free --label bench --so-pin 1357-2468 --pin 8765-4321"
    environment = {**os.environ, "SOFTHSM2_CONF": str(configuration)}
    subprocess.run(command.split(), check=True, capture_output=True, env=environment)
    pin.write_text("8765-4321\n")
    pin.chmod(0o600)
    file.write_text(
        f'module = "{LIBRARY}"\ntoken = "bench"\npin_file = "{pin}"\n'
        f'[environment]\nSOFTHSM2_CONF = "{configuration}"\n'
    )
    file.chmod(0o600)
    return file


def rate(work: Callable[[], object]) -> float:
    work()
    count, begun = 0, time.perf_counter()
    while (spent := time.perf_counter() - begun) < SECONDS:
        for _ in range(20):
            work()
        count += 20
    return count / spent


def main() -> None:
    for name, a_second, remark in rows():
        print(f"{name:<45} {a_second:>10,.0f} /s  {remark}")


if __name__ == "__main__":
    main()
