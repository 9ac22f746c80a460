"""The keys of the service itself: under a passphrase, or under a token that may also sign.

    module.keys     message, PIN and signing keys; its first words say what it is sealed under
    module.token    the file that names the token, when it is one
    privacy.key     32 octets, or the same sealed under the token

A home that begins in a token has its signing keys drawn there. Keys that were in a file before are
sealed under the token when the home moves, and stay what they are: handsets and auditors have
pinned them, and a key that was outside once is not made better by loading it.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from tallystick.assembly import home as homes
from tallystick.assembly.placing import (
    PLACES,
    begin_placing,
    finish_placing,
    is_placing,
    put_in_place,
)
from tallystick.backends.pkcs11 import SIGNER_MECHANISMS, TokenKeeper
from tallystick.backends.sqlite import lock_home
from tallystick.crypto.keys import (
    SIGNING,
    KeyPurpose,
    KeyRing,
    MasterKey,
    TokenSigner,
    create_key_file,
    create_key_file_under,
    demand_long_passphrase,
    master_of_key_file,
    master_that_sealed,
    open_under_master,
    read_key_file,
    read_key_file_under,
    seal_keys,
    seal_keys_under,
    seal_under_master,
    write_new_private,
)
from tallystick.crypto.modules import CryptoModule, Kept, open_module
from tallystick.ground.errors import Defect, Misconfigured
from tallystick.ground.secret import Secret

ENTRANCE = "tallystick.backends.pkcs11.own_module"
PASSPHRASE = "a passphrase"  # noqa: S105 - what a file is under
_FILES = (homes.KEYS, homes.PASSPHRASE, homes.PRIVACY, homes.TOKEN)
_PRIVACY, _PRIVACY_OCTETS = "tallystick-privacy 1", 32
Chance = Callable[[int], bytes]


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnMoved:
    """What a move did: how many keys, and what they were and are sealed under."""

    keys: int
    old: str
    new: str


def has_own_keys(home: Path) -> bool:
    """Whether a service keeps its own keys here, or is about to; a payment module keeps others."""
    places = (home, *(home / place for place in PLACES))
    return (home / homes.POLICY).exists() or any((one / homes.KEYS).exists() for one in places)


def look_at_own_keys(home: Path, passphrase: Secret | None = None) -> Kept | None:
    """Where the keys of a home are and what they are worth: its module is started for a moment.

    None when they are under a passphrase that is neither given nor kept here. Refuses:
    Misconfigured, for a token that is missing or another as well.
    """
    finish_own_move(home)
    known = passphrase is not None or (home / homes.PASSPHRASE).exists()
    if sealed_under(home) == PASSPHRASE and not known:
        return None
    module = start_own_module(home, passphrase)
    module.close()
    return module.public().kept


def is_under_token(home: Path) -> bool:
    """Whether the key file of a home is under a token. Refuses: Misconfigured without one."""
    return master_of_key_file(home / homes.KEYS) is not None


def sealed_under(home: Path) -> str:
    """What the key file of a home is under: PASSPHRASE, or a master key by its fingerprint.

    Refuses: Misconfigured for a home without keys.
    """
    master = master_of_key_file(home / homes.KEYS)
    return PASSPHRASE if master is None else f"master key {master}"


def open_own_keys(
    home: Path, passphrase: Secret | None, chance: Chance, *, token: Path | None = None
) -> CryptoModule:
    """The crypto module of a home, its keys made on first use: under `token` when it is named.

    Refuses: Misconfigured for a token that is missing, another, or has no master key, and for one
             that is named for a home whose keys are elsewhere already.
    """
    finish_own_move(home)
    keys, named = home / homes.KEYS, home / homes.TOKEN
    if keys.exists():
        if token is not None and not _is_same(token, named):
            raise Misconfigured(
                f"the keys of this home are under {sealed_under(home)} already",
                where=str(keys),
                allowed=f"tallystick hsm move {home} {token}",
            )
        return start_own_module(home, passphrase, chance)
    if (home / homes.TRUST).exists():
        raise Misconfigured(
            "this home has a trust anchor, and its keys are gone",
            where=str(keys),
            allowed="the file that it had before",
        )
    if token is None and not named.exists():
        create_key_file(keys, passphrase or homes.kept_passphrase(home, chance=chance(32)))
    else:
        _create_under(home, token or named)
    return start_own_module(home, passphrase, chance)


def start_own_module(
    home: Path, passphrase: Secret | None, chance: Chance | None = None
) -> CryptoModule:
    """Start the module over the keys that a home has.

    Takes:   chance, to make a passphrase where none is kept; None to refuse that.
    Refuses: Misconfigured.
    """
    keys, token = home / homes.KEYS, home / homes.TOKEN
    master = master_of_key_file(keys)
    if master is None:
        if passphrase is None and chance is None:
            passphrase = _kept(home)
        elif passphrase is None and chance is not None:
            passphrase = homes.kept_passphrase(home, chance=chance(32))
        return open_module(keys, passphrase or Secret(b""))
    _demand_named(home, master)
    return open_module(keys, Secret(b""), token=token, entrance=ENTRANCE)


def privacy_key(home: Path, *, chance: Chance) -> Secret:
    """The key of pseudonyms, made on first use; destroy it and they say nothing any more.

    Where the keys of the home are under a token, so is this one. Refuses: Misconfigured.
    """
    path, keys = home / homes.PRIVACY, home / homes.KEYS
    found = path.read_bytes() if path.exists() else None
    under_token = keys.exists() and master_of_key_file(keys) is not None
    if found is not None and master_that_sealed(_PRIVACY, found) is None and not under_token:
        return Secret(found)
    if found is None and not under_token:
        homes.write_private(path, chance(_PRIVACY_OCTETS))
        return Secret(path.read_bytes())
    with _named_token(home, found) as keeper:
        secret = Secret(chance(_PRIVACY_OCTETS)) if found is None else _privacy(path, keeper)
        if found is None or master_that_sealed(_PRIVACY, found) is None:
            homes.write_private(path, seal_under_master(_PRIVACY, secret.reveal(), keeper))
    return secret


def finish_own_move(home: Path) -> None:
    """Finish a move that was cut off after it was done; otherwise there is nothing to do.

    Refuses: Misconfigured while another process has the home.
    """
    if is_placing(home):
        with _alone(home):
            pass


def move_own_to_token(
    home: Path, passphrase: Secret | None, token: Path, *, create: bool
) -> OwnMoved:
    """Seal the keys of a service that is not running under the master key in a token.

    Takes:   passphrase of the key file, None for the one that is kept beside it; create, to draw
             the master key in the token first.
    Refuses: Misconfigured for a home that is in use, keys that are in another token, and a token
             that cannot be trusted with them. Then nothing has changed.
    """
    with ExitStack() as stack:
        stack.enter_context(_alone(home))
        ring, privacy = _read_all(home, passphrase)
        keeper = stack.enter_context(TokenKeeper(token, create=create))
        old, directory = sealed_under(home), begin_placing(home)
        write_new_private(directory / homes.KEYS, seal_keys_under(ring, keeper))
        write_new_private(directory / homes.TOKEN, token.read_bytes())
        if privacy is not None:
            sealed = seal_under_master(_PRIVACY, privacy.reveal(), keeper)
            write_new_private(directory / homes.PRIVACY, sealed)
        _demand_same(ring, read_key_file_under(directory / homes.KEYS, keeper))
        if privacy is not None and not privacy.matches(_privacy(directory / homes.PRIVACY, keeper)):
            raise Defect("the moved key is another key")
        put_in_place(home, _FILES)
    return OwnMoved(keys=len(ring.records), old=old, new=sealed_under(home))


def move_own_to_file(
    home: Path,
    passphrase: Secret | None,
    new_passphrase: Secret | None,
    *,
    chance: Chance = os.urandom,
) -> OwnMoved:
    """Seal the keys of a service that is not running under a new passphrase.

    Takes:   new_passphrase None for one of chance that is kept beside the keys, as `serve` does.
    Refuses: as `move_own_to_token`, and Misconfigured for a short passphrase.
    """
    with _alone(home):
        ring, privacy = _read_all(home, passphrase)
        if new_passphrase is not None:
            demand_long_passphrase(new_passphrase, home / homes.KEYS)
        old, directory = sealed_under(home), begin_placing(home)
        secret = new_passphrase or homes.kept_passphrase(directory, chance=chance(32))
        write_new_private(directory / homes.KEYS, seal_keys(ring, secret))
        if privacy is not None:
            write_new_private(directory / homes.PRIVACY, privacy.reveal())
        _demand_same(ring, read_key_file(directory / homes.KEYS, secret))
        put_in_place(home, _FILES)
    return OwnMoved(keys=len(ring.records), old=old, new=sealed_under(home))


@contextmanager
def _alone(home: Path) -> Iterator[None]:
    """The home for nobody else, and whole. Refuses: Misconfigured when another process has it."""
    lock = lock_home(home)
    try:
        finish_placing(home, _FILES)
        yield
    finally:
        os.close(lock)


def _create_under(home: Path, token: Path) -> None:
    with TokenKeeper(token) as keeper:
        signers = _draw(keeper)
        if token != home / homes.TOKEN:
            homes.write_private(home / homes.TOKEN, token.read_bytes())
        create_key_file_under(home / homes.KEYS, keeper, signers=signers)


def _draw(keeper: TokenKeeper) -> Mapping[KeyPurpose, TokenSigner]:
    """Signing keys of the token's own, where it has Ed25519."""
    if not keeper.mechanisms >= SIGNER_MECHANISMS:
        return {}
    return {purpose: keeper.create_signer(str(purpose)) for purpose in SIGNING}


@contextmanager
def _named_token(home: Path, privacy: bytes | None = None) -> Iterator[TokenKeeper]:
    master = master_that_sealed(_PRIVACY, privacy or b"") or master_of_key_file(home / homes.KEYS)
    _demand_named(home, str(master))
    with TokenKeeper(home / homes.TOKEN) as keeper:
        yield keeper


def _demand_named(home: Path, master: str) -> None:
    if not (home / homes.TOKEN).exists():
        raise Misconfigured(
            f"the keys of this home are under master key {master} in a token that nothing names",
            where=str(home / homes.TOKEN),
            allowed="the file that names the token, as it was given to serve or hsm move",
        )


def _read_all(home: Path, passphrase: Secret | None) -> tuple[KeyRing, Secret | None]:
    """Every key of a home that can be moved, and the privacy key when there is one."""
    path = home / homes.PRIVACY
    if master_of_key_file(home / homes.KEYS) is None:
        ring = read_key_file(home / homes.KEYS, passphrase or _kept(home))
        return ring, Secret(path.read_bytes()) if path.exists() else None
    with _named_token(home) as keeper:
        ring = read_key_file_under(home / homes.KEYS, keeper)
        inside = [str(record.purpose) for record in ring.records if record.token]
        if inside:
            raise Misconfigured(
                f"keys that the token drew do not leave it: {', '.join(inside)}",
                where=str(home / homes.KEYS),
                allowed="this token, or a copy that its vendor's backup makes",
            )
        return ring, _privacy(path, keeper) if path.exists() else None


def _privacy(path: Path, master: MasterKey) -> Secret:
    octets = path.read_bytes()
    if master_that_sealed(_PRIVACY, octets) is None:
        return Secret(octets)  # from before the move, or put back from a backup
    try:
        return Secret(open_under_master(_PRIVACY, octets, master))
    except Misconfigured as error:
        raise Misconfigured(error.problem, where=str(path), allowed=error.allowed) from None


def _demand_same(ring: KeyRing, read: KeyRing) -> None:
    """Prove that what was written says the same before anybody relies on it."""
    pairs = list(zip(ring.records, read.records, strict=True))
    if any(one.check_value != other.check_value for one, other in pairs):
        raise Defect("a moved key is another key")


def _is_same(token: Path, named: Path) -> bool:
    try:
        return named.exists() and named.read_bytes() == token.read_bytes()
    except OSError as error:
        raise Misconfigured(f"cannot be read: {error.strerror}", where=str(token)) from None


def _kept(home: Path) -> Secret:
    path = home / homes.PASSPHRASE
    try:
        return Secret(path.read_bytes())
    except OSError as error:
        raise Misconfigured(f"cannot be read: {error.strerror}", where=str(path)) from None
