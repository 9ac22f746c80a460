"""Which handler does which operation. What is not here is told as not served, and why."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from tallystick.serve.payment_crypto import (
    cards,
    certificates,
    data,
    exporting,
    importing,
    keys,
    macs,
    notes,
    pins,
    regions,
    scripts,
)
from tallystick.serve.payment_crypto.desk import Handler

HANDLERS: Mapping[str, Handler] = MappingProxyType(
    {
        "CreateKey": keys.create_key,
        "GetKey": keys.get_key,
        "ListKeys": keys.list_keys,
        "DeleteKey": keys.delete_key,
        "RestoreKey": keys.restore_key,
        "StartKeyUsage": keys.start_key_usage,
        "StopKeyUsage": keys.stop_key_usage,
        "CreateAlias": notes.create_alias,
        "UpdateAlias": notes.update_alias,
        "GetAlias": notes.get_alias,
        "DeleteAlias": notes.delete_alias,
        "ListAliases": notes.list_aliases,
        "TagResource": notes.tag_resource,
        "UntagResource": notes.untag_resource,
        "ListTagsForResource": notes.list_tags,
        "PutResourcePolicy": notes.put_policy,
        "GetResourcePolicy": notes.get_policy,
        "DeleteResourcePolicy": notes.delete_policy,
        "AddKeyReplicationRegions": regions.change_replication,
        "RemoveKeyReplicationRegions": regions.change_replication,
        "EnableDefaultKeyReplicationRegions": regions.enable_regions,
        "DisableDefaultKeyReplicationRegions": regions.disable_regions,
        "GetDefaultKeyReplicationRegions": regions.get_regions,
        "AssociateMpaTeam": regions.change_team,
        "DisassociateMpaTeam": regions.change_team,
        "GetMpaTeamAssociation": regions.get_team,
        "ImportKey": importing.import_key,
        "ExportKey": exporting.export_key,
        "GetParametersForImport": certificates.get_import_parameters,
        "GetParametersForExport": certificates.get_export_parameters,
        "GetPublicKeyCertificate": certificates.get_certificate,
        "GetCertificateSigningRequest": certificates.get_request,
        "TranslateKeyMaterial": exporting.translate_key,
        "EncryptData": data.encrypt_data,
        "DecryptData": data.decrypt_data,
        "ReEncryptData": data.re_encrypt_data,
        "GenerateMac": macs.generate_mac,
        "VerifyMac": macs.verify_mac,
        "TranslatePinData": pins.translate_pin_data,
        "VerifyPinData": pins.verify_pin_data,
        "GeneratePinData": pins.generate_pin_data,
        "GenerateMacEmvPinChange": scripts.generate_pin_change,
        "GenerateCardValidationData": cards.generate_card_data,
        "VerifyCardValidationData": cards.verify_card_data,
        "VerifyAuthRequestCryptogram": cards.verify_cryptogram,
        "GenerateAuthRequestCryptogram": cards.generate_cryptogram,
    }
)

UNSERVED: Mapping[str, str] = MappingProxyType(
    {
        "GenerateAs2805KekValidation": "nodes are not initialised as AS 2805 has it",
    }
)
"""Operations that are known and not done, each with the reason that clients are told."""

VARIANTS: Mapping[str, str] = MappingProxyType(
    {
        "CreateKey": "check values are ANSI_X9_24 for TDES keys, CMAC for AES, HMAC for HMAC; "
        "pairs are never exportable; a K3 pair without DeriveKeyUsage agrees on keys for PINs",
        "ImportKey": "no As2805KeyCryptogram; a public key has the algorithm of its certificate, "
        "and a key its own way of making a check value",
        "ExportKey": "no As2805KeyCryptogram; no KeyBlockHeaders for TR-34 and agreed keys; "
        "initial keys of DUKPT in TR-31 only",
        "GetParametersForImport": "TR34_KEY_BLOCK and KEY_CRYPTOGRAM; the same pair for 30 days",
        "GetParametersForExport": "TR34_KEY_BLOCK and KEY_CRYPTOGRAM; the same pair for 30 days",
        "GetCertificateSigningRequest": "signed with SHA256",
        "AddKeyReplicationRegions": "the own region only, which is no replication",
        "RemoveKeyReplicationRegions": "the own region only",
        "EnableDefaultKeyReplicationRegions": "the own region only",
        "DisableDefaultKeyReplicationRegions": "the own region only",
        "AssociateMpaTeam": "AccessDeniedException: custodians set who approves, in a ceremony",
        "DisassociateMpaTeam": "AccessDeniedException, for the same reason",
        "GetMpaTeamAssociation": "ResourceNotFoundException: no team is associated by programs",
        "PutResourcePolicy": "statements with principals and actions; what would not be held to "
        "(conditions, other resources, NotAction) is refused",
        "EncryptData": "RSA with OAEP_SHA256 and OAEP_SHA512; EMV attributes only where the "
        "module's policy lets data be enciphered for cards",
        "DecryptData": "as EncryptData; never with keys for PINs, for keys or for cards",
        "ReEncryptData": "as EncryptData",
        "GenerateCardValidationData": "no CSC version 2, no cardholder verification value: their "
        "schemes do not publish them",
        "VerifyCardValidationData": "as GenerateCardValidationData, and no Discover code",
        "GeneratePinData": "decimalisation tables that are registered; validation data that are a "
        "part of the account number",
        "VerifyPinData": "as GeneratePinData",
        "TranslatePinData": "ISO 9564-1's own translations, and what the policy adds; no AS 2805; "
        "format 4 with the account's twelve digits",
        "GenerateAuthRequestCryptogram": "only where the module's policy lets cryptograms be made",
    }
)
"""What of an operation is other, or less, than clients of the service may expect."""
