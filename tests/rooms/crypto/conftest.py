"""A module in this process and one in its own, made once for the whole run."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tallystick.crypto.keys import SIGNING, create_keys
from tallystick.crypto.modules import (
    CryptoModule,
    ModuleProcess,
    SoftwareModule,
    create_key_file,
    open_module,
)
from tallystick.testing import MemorySigners
from tests.rooms.crypto.made import PASSPHRASE


@pytest.fixture(scope="session")
def key_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("keys") / "module.keys"
    create_key_file(path, PASSPHRASE)
    return path


@pytest.fixture(scope="session")
def software() -> SoftwareModule:
    return SoftwareModule.generate()


@pytest.fixture(scope="session")
def process(key_file: Path) -> Iterator[ModuleProcess]:
    with open_module(key_file, PASSPHRASE) as module:
        yield module


@pytest.fixture(scope="session")
def token() -> SoftwareModule:
    """A module whose signing keys are in a token, or what stands for one."""
    signers = MemorySigners()
    drawn = {purpose: signers.create_signer(purpose) for purpose in SIGNING}
    return SoftwareModule(create_keys(created_ms=1, signers=drawn), token=signers)


@pytest.fixture(params=["software", "process", "token"])
def module(request: pytest.FixtureRequest) -> CryptoModule:
    """Every implementation of the port; what holds for one holds for the others."""
    found: CryptoModule = request.getfixturevalue(request.param)
    return found
