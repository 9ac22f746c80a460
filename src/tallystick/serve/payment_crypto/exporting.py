"""Control plane: keys that leave; and key blocks that only pass through."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tallystick.crypto.key_blocks import BlockVersion, Exportability
from tallystick.crypto.payment import (
    AgreedBlock,
    BlockForm,
    DescribeKey,
    ExportAgreedBlock,
    ExportCryptogram,
    ExportedKey,
    ExportInitialKey,
    ExportKeyBlock,
    ExportTr34,
    KeyBlock,
    KeyView,
    TranslateAgreedBlock,
)
from tallystick.serve.payment_crypto.agreements import agreement_of
from tallystick.serve.payment_crypto.certificates import EXPORT_TOKEN, certificate_octets
from tallystick.serve.payment_crypto.desk import Asked, Desk
from tallystick.serve.payment_crypto.errors import not_served
from tallystick.serve.payment_crypto.importing import hash_of, token_of
from tallystick.serve.payment_crypto.names import mode_of
from tallystick.serve.payment_crypto.values import only_member, told

_Told = Mapping[str, Any]
_EXPORTABLE = {
    "EXPORTABLE": Exportability.EXPORTABLE,
    "NON_EXPORTABLE": Exportability.NOT_EXPORTABLE,
    "SENSITIVE": Exportability.SENSITIVE,
}
_PLACES = {"key": "ExportKeyIdentifier", "form": "KeyBlockHeaders"}


async def export_key(desk: Desk, asked: Asked) -> dict[str, Any]:
    name, wanted = only_member(asked.members["KeyMaterial"])
    key = desk.handle(asked, "ExportKeyIdentifier")
    initial = (asked.members.get("ExportAttributes") or {}).get("ExportDukptInitialKey")
    if initial is not None and name != "Tr31KeyBlock":
        raise not_served("initial keys leave in key blocks of TR-31")
    match name:
        case "Tr31KeyBlock":
            shown = await _tr31(desk, asked, key, wanted, initial)
        case "Tr34KeyBlock":
            shown = await _tr34(desk, asked, key, wanted)
        case "KeyCryptogram":
            shown = await _cryptogram(desk, asked, key, wanted)
        case "DiffieHellmanTr31KeyBlock":
            shown = await _agreed(desk, asked, key, wanted)
        case _:
            raise not_served("keys are not exchanged as AS 2805 has it")
    return {"WrappedKey": shown}


async def translate_key(desk: Desk, asked: Asked) -> dict[str, Any]:
    """Data plane: from a block under an agreed key to one under a key of ours; nothing is kept."""
    _, incoming = only_member(asked.members["IncomingKeyMaterial"])
    _, outgoing = only_member(asked.members["OutgoingKeyMaterial"])
    call = TranslateAgreedBlock(
        agreement=agreement_of(desk, asked, incoming),
        block=incoming["WrappedKeyBlock"],
        under=desk.named(asked, outgoing["WrappingKeyIdentifier"]),
    )
    done = await desk.ask(asked, call, AgreedBlock)
    return {
        "WrappedKey": {
            "WrappedKeyMaterial": done.block,
            "KeyCheckValue": done.check_value,
            "WrappedKeyMaterialFormat": "TR31_KEY_BLOCK",
        }
    }


async def _tr31(
    desk: Desk, asked: Asked, key: str, wanted: _Told, initial: _Told | None
) -> dict[str, Any]:
    """In a key block of version D under AES, of B under TDEA."""
    under = desk.named(asked, wanted["WrappingKeyIdentifier"])
    protecting = await desk.ask(asked, DescribeKey(key=under), KeyView)
    aes = protecting.algorithm.letter == "A"
    form = _form(wanted.get("KeyBlockHeaders") or {}, BlockVersion.D if aes else BlockVersion.B)
    call = (
        ExportKeyBlock(key=key, under=under, form=form)
        if initial is None
        else ExportInitialKey(
            key=key, serial=bytes.fromhex(initial["KeySerialNumber"]), under=under, form=form
        )
    )
    done = await desk.ask(asked, call, KeyBlock, places=_PLACES)
    return {
        "WrappingKeyArn": desk.names.arn(under),
        "WrappedKeyMaterialFormat": "TR31_KEY_BLOCK",
        "KeyMaterial": done.block,
        "KeyCheckValue": done.check_value,
        "KeyCheckValueAlgorithm": done.check_method,
    }


async def _tr34(desk: Desk, asked: Asked, key: str, wanted: _Told) -> dict[str, Any]:
    if "KeyBlockHeaders" in wanted:
        raise not_served("headers of their own for key tokens")
    authority = desk.named(asked, wanted["CertificateAuthorityPublicKeyIdentifier"])
    call = ExportTr34(
        key=key,
        token=token_of(desk, asked, wanted, EXPORT_TOKEN, ("ExportToken", "SigningKeyIdentifier")),
        authority=authority,
        certificate=certificate_octets(wanted["WrappingKeyCertificate"]),
        nonce=bytes.fromhex(wanted.get("RandomNonce", "")),
    )
    return _exported(
        desk,
        await desk.ask(asked, call, ExportedKey, places=_PLACES),
        under=authority,
        form="TR34_KEY_BLOCK",
    )


async def _cryptogram(desk: Desk, asked: Asked, key: str, wanted: _Told) -> dict[str, Any]:
    authority = desk.named(asked, wanted["CertificateAuthorityPublicKeyIdentifier"])
    call = ExportCryptogram(
        key=key,
        authority=authority,
        certificate=certificate_octets(wanted["WrappingKeyCertificate"]),
        hashed=hash_of(wanted.get("WrappingSpec")),
    )
    return _exported(
        desk,
        await desk.ask(asked, call, ExportedKey, places=_PLACES),
        under=authority,
        form="KEY_CRYPTOGRAM",
    )


async def _agreed(desk: Desk, asked: Asked, key: str, wanted: _Told) -> dict[str, Any]:
    if "KeyBlockHeaders" in wanted:
        raise not_served("headers of their own under agreed keys")
    agreement = agreement_of(desk, asked, wanted)
    call = ExportAgreedBlock(key=key, agreement=agreement)
    done = await desk.ask(asked, call, AgreedBlock, places=_PLACES)
    return {
        "WrappingKeyArn": desk.names.arn(agreement.pair),
        "WrappedKeyMaterialFormat": "TR31_KEY_BLOCK",
        "KeyMaterial": done.block,
        "KeyCheckValue": done.check_value,
        "KeyCheckValueAlgorithm": done.check_method,
    }


def _exported(desk: Desk, done: ExportedKey, *, under: str, form: str) -> dict[str, Any]:
    """What left under somebody's certificate; it is named by the authority that vouches for it."""
    return {
        "WrappingKeyArn": desk.names.arn(under),
        "WrappedKeyMaterialFormat": form,
        "KeyMaterial": told(done.block),
        "KeyCheckValue": done.check_value,
        "KeyCheckValueAlgorithm": done.check_method,
    }


def _form(headers: _Told, version: BlockVersion) -> BlockForm:
    modes, exportability = headers.get("KeyModesOfUse"), headers.get("KeyExportability")
    return BlockForm(
        version=version,
        mode=None if modes is None else mode_of(modes),
        exportability=None if exportability is None else _EXPORTABLE[exportability],
        key_version=headers.get("KeyVersion"),
        optional=headers.get("OptionalBlocks") or {},
    )
