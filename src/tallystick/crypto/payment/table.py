"""Which handler does which call, and the area that each belongs to.

A file of calls adds its lines here and nowhere else: the wire between processes, the check of the
level of assurance and the generated reference all read this table.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import reduce
from operator import or_
from types import MappingProxyType
from typing import Any

from tallystick.crypto.payment import agreement_calls as agreed
from tallystick.crypto.payment import approving, nonces
from tallystick.crypto.payment import card_calls as card
from tallystick.crypto.payment import ceremony_calls as ceremonies
from tallystick.crypto.payment import certificate_calls as certificates
from tallystick.crypto.payment import data_calls as data
from tallystick.crypto.payment import emv_calls as emv
from tallystick.crypto.payment import exchange_calls as exchange
from tallystick.crypto.payment import field_calls as fields
from tallystick.crypto.payment import hybrid_calls as hybrid
from tallystick.crypto.payment import in_token_calls as inside
from tallystick.crypto.payment import key_block_calls as blocks
from tallystick.crypto.payment import key_calls as keys
from tallystick.crypto.payment import limited_calls as limited
from tallystick.crypto.payment import mac_calls as macs
from tallystick.crypto.payment import pin_batches as pin_many
from tallystick.crypto.payment import pin_calls as pin
from tallystick.crypto.payment import pin_change_calls as pin_in_chip
from tallystick.crypto.payment import pin_making as pin_new
from tallystick.crypto.payment import pin_methods as pin_by
from tallystick.crypto.payment import signature_calls as signature
from tallystick.crypto.payment import token_calls as tokens
from tallystick.crypto.payment.bench import Bench
from tallystick.crypto.payment.calls import Answer, Call, Denied

Handler = Callable[[Bench, Any], Answer]

HANDLERS: Mapping[type[Call], tuple[str, Handler]] = MappingProxyType(
    {
        keys.CreateKey: ("keys", keys.create_key),
        keys.DescribeKey: ("keys", keys.describe_key),
        keys.ListKeys: ("keys", keys.list_keys),
        keys.ChangeState: ("keys", keys.change_state),
        keys.ReadEvents: ("keys", keys.read_events),
        ceremonies.OpenCeremony: ("keys", ceremonies.open_ceremony),
        ceremonies.GivePart: ("keys", ceremonies.give_part),
        ceremonies.ReadCeremony: ("keys", ceremonies.read_ceremony),
        ceremonies.AbandonCeremony: ("keys", ceremonies.abandon_ceremony),
        approving.SetCustodians: ("keys", approving.set_custodians),
        approving.SetPolicy: ("keys", approving.set_policy),
        approving.ReadPolicy: ("keys", approving.read_policy),
        approving.ReadCustodians: ("keys", approving.read_custodians),
        blocks.ImportKeyBlock: ("keys", blocks.import_key_block),
        blocks.ExportKeyBlock: ("keys", blocks.export_key_block),
        blocks.ExportInitialKey: ("keys", blocks.export_initial_key),
        inside.CreateTokenKey: ("keys", inside.create_token_key),
        inside.AdoptTokenKey: ("keys", inside.adopt_token_key),
        inside.ListTokenKeys: ("keys", inside.list_token_keys),
        inside.GenerateTokenMac: ("mac", inside.generate_token_mac),
        inside.VerifyTokenMac: ("mac", inside.verify_token_mac),
        pin.TranslatePin: ("pin", pin.translate_pin),
        pin_many.TranslatePins: ("pin", pin_many.translate_pins),
        pin.VerifyPin: ("pin", pin.verify_pin),
        pin_new.GeneratePin: ("pin", pin_new.generate_pin),
        pin_new.ChangePin: ("pin", pin_new.change_pin),
        pin_by.RegisterTable: ("keys", pin_by.register_table),
        pin_by.ListTables: ("keys", pin_by.list_tables),
        pin_in_chip.GeneratePinChange: ("pin", pin_in_chip.generate_pin_change),
        card.GenerateCardValue: ("card", card.generate_card_value),
        card.VerifyCardValue: ("card", card.verify_card_value),
        emv.VerifyCryptogram: ("emv", emv.verify_cryptogram),
        emv.GenerateCryptogram: ("emv", emv.generate_cryptogram),
        emv.GenerateScriptMac: ("emv", emv.generate_script_mac),
        limited.IssueLimitedKey: ("emv", limited.issue_limited_key),
        limited.VerifyLimited: ("emv", limited.verify_limited_use),
        macs.GenerateMac: ("mac", macs.generate_mac),
        macs.VerifyMac: ("mac", macs.verify_mac),
        data.EncryptData: ("data", data.encrypt_data),
        data.DecryptData: ("data", data.decrypt_data),
        data.ReEncryptData: ("data", data.re_encrypt_data),
        tokens.Tokenise: ("token", tokens.tokenise),
        tokens.Detokenise: ("token", tokens.detokenise),
        tokens.Retokenise: ("token", tokens.retokenise),
        fields.SealFields: ("field", fields.seal_fields),
        fields.OpenFields: ("field", fields.open_fields),
        fields.ResealFields: ("field", fields.reseal_fields),
        fields.IndexFields: ("field", fields.index_fields),
        certificates.CreateKeyPair: ("keys", certificates.create_key_pair),
        certificates.ReadCertificate: ("keys", certificates.read_key_certificate),
        certificates.MakeRequest: ("keys", certificates.make_certificate_request),
        certificates.ImportCertificate: ("keys", certificates.import_certificate),
        exchange.ImportParameters: ("keys", exchange.import_parameters),
        exchange.ExportParameters: ("keys", exchange.export_parameters),
        exchange.ImportTr34: ("keys", exchange.import_tr34),
        exchange.ExportTr34: ("keys", exchange.export_tr34),
        exchange.ImportCryptogram: ("keys", exchange.import_cryptogram),
        exchange.ExportCryptogram: ("keys", exchange.export_cryptogram),
        hybrid.CreateHybridPair: ("keys", hybrid.create_hybrid_pair),
        hybrid.ImportHybridParty: ("keys", hybrid.import_hybrid_party),
        nonces.DrawNonce: ("keys", nonces.draw_nonce),
        hybrid.ExportHybrid: ("keys", hybrid.export_hybrid),
        hybrid.ImportHybrid: ("keys", hybrid.import_hybrid),
        agreed.AgreeKey: ("keys", agreed.keep_agreed),
        agreed.ImportAgreedBlock: ("keys", agreed.import_agreed_block),
        agreed.ExportAgreedBlock: ("keys", agreed.export_agreed_block),
        agreed.TranslateAgreedBlock: ("keys", agreed.translate_agreed_block),
        signature.Sign: ("signature", signature.sign),
        signature.VerifySignature: ("signature", signature.verify_signature),
    }
)
ANSWERS: tuple[type[Answer], ...] = (
    keys.KeyView,
    keys.Keys,
    keys.Events,
    approving.Custodians,
    blocks.KeyBlock,
    inside.TokenKeyView,
    inside.TokenKeyViews,
    inside.TokenMac,
    inside.VerifiedTokenMac,
    pin.TranslatedPin,
    pin_many.TranslatedPins,
    pin.VerifiedPin,
    pin_new.GeneratedPin,
    pin_by.Tables,
    pin_in_chip.GeneratedPinChange,
    card.GeneratedCardValue,
    card.VerifiedCardValue,
    emv.VerifiedCryptogram,
    emv.GeneratedCryptogram,
    emv.GeneratedScriptMac,
    limited.IssuedLimitedKey,
    limited.VerifiedLimited,
    macs.GeneratedMac,
    macs.VerifiedMac,
    data.EncryptedData,
    data.DecryptedData,
    data.ReEncryptedData,
    tokens.Tokenised,
    tokens.Detokenised,
    fields.FieldsSealed,
    fields.FieldsOpened,
    fields.FieldsIndexed,
    certificates.Certificates,
    certificates.Request,
    exchange.Parameters,
    exchange.ExportedKey,
    agreed.AgreedBlock,
    nonces.DrawnNonce,
    signature.Signed,
    signature.SignatureVerified,
    approving.PolicyView,
    ceremonies.CeremonyView,
)

CALL_TYPE: Any = reduce(or_, HANDLERS)
ANSWER_TYPE: Any = reduce(or_, ANSWERS, Denied)
