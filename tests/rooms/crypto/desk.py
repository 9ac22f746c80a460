"""A payment module in memory with keys that protect others, and a partner who writes key blocks."""

from __future__ import annotations

from typing import Any

from tallystick.crypto.key_blocks import (
    BlockVersion,
    Exportability,
    KeyAlgorithm,
    KeyAttributes,
    KeyMode,
    KeyUsage,
    OptionalBlock,
    ProtectionKey,
    wrap_key,
)
from tallystick.crypto.payment import (
    Bench,
    BlockForm,
    Call,
    CreateKey,
    Denied,
    ExportKeyBlock,
    ImportKeyBlock,
    KeyView,
    LocalModule,
    ModulePolicy,
)
from tallystick.testing import local_bench

U, A, M, X = KeyUsage, KeyAlgorithm, KeyMode, Exportability
D, B, E = BlockVersion.D, BlockVersion.B, BlockVersion.E
KEY = bytes(range(16))
TDES = bytes.fromhex("3f419e1cb7079442aa37474c2efbf8b8")


class Desk:
    """A module with one key of each kind that protects others."""

    def __init__(self, **policy: Any) -> None:
        self.bench: Bench = local_bench(policy=ModulePolicy(**policy))
        self.module = LocalModule(self.bench)
        self.aes = self.make(U.KEY_ENCRYPTION, A.AES_256)
        self.tdes = self.make(U.KEY_BLOCK_PROTECTION, A.TDES_3KEY)
        self.iso = self.make(U.ISO20038_PROTECTION, A.AES_256)

    def ask(self, call: Call) -> Any:
        (answer,) = self.module.perform([call])
        return answer

    def make(
        self,
        usage: KeyUsage,
        algorithm: KeyAlgorithm,
        mode: KeyMode = M.BOTH,
        exportability: Exportability = X.EXPORTABLE,
        **more: Any,
    ) -> KeyView:
        call = CreateKey(
            usage=usage, algorithm=algorithm, mode=mode, exportability=exportability, **more
        )
        answer = self.ask(call)
        assert isinstance(answer, KeyView), answer
        return answer

    def octets(self, key: str) -> bytes:
        return self.bench.material(self.bench.record(key))

    def export(self, key: KeyView, under: KeyView, version: BlockVersion, **form: Any) -> Any:
        told = BlockForm(version=version, **form)
        return self.ask(ExportKeyBlock(key=key.key, under=under.key, form=told))

    def bring(self, under: KeyView, block: str, **more: Any) -> Any:
        return self.ask(ImportKeyBlock(under=under.key, block=block, **more))

    def write(
        self,
        under: KeyView,
        key: bytes,
        usage: KeyUsage = U.PIN_ENCRYPTION,
        algorithm: KeyAlgorithm = A.AES_128,
        mode: KeyMode = M.BOTH,
        *optional: OptionalBlock,
        exportability: Exportability = X.EXPORTABLE,
    ) -> str:
        """A block of a partner, under a key that both have."""
        version = B if under.algorithm.letter == "T" else D
        kek = ProtectionKey(self.octets(under.key), under.algorithm)
        attributes = KeyAttributes(
            usage=usage, algorithm=algorithm, mode=mode, exportability=exportability
        )
        return wrap_key(key, attributes, protection_key=kek, version=version, optional=optional)


def denied(answer: Any, code: str, where: str | None = None) -> Denied:
    assert isinstance(answer, Denied), answer
    assert answer.code == code, answer
    assert where is None or answer.where == where, answer
    return answer
