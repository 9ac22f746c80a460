"""The trials of the catalogue, each against the live service; each test has its trial's name."""

from __future__ import annotations

from tallystick.standard import trial_register
from tallystick.trials import ATTACKS, Range, run_trials


def withstands(arena: Range, trial: str) -> None:
    (result,) = run_trials(arena, only=[trial])
    assert result.outcome == "withstood", result.evidence
    assert result.expected == result.seen
    assert set(result.expected.split()) == set(trial_register()[trial].expected)


def test_every_trial_of_the_catalogue_is_attacked() -> None:
    assert ATTACKS.keys() == trial_register().keys()


def test_ledger_row_edited(arena: Range) -> None:
    withstands(arena, "ledger-row-edited")


def test_evidence_edited(arena: Range) -> None:
    withstands(arena, "evidence-edited")


def test_message_replayed(arena: Range) -> None:
    withstands(arena, "message-replayed")


def test_amount_changed(arena: Range) -> None:
    withstands(arena, "amount-changed")


def test_payee_changed(arena: Range) -> None:
    withstands(arena, "payee-changed")


def test_currency_changed(arena: Range) -> None:
    withstands(arena, "currency-changed")


def test_other_device_key(arena: Range) -> None:
    withstands(arena, "other-device-key")


def test_counter_rolled_back(arena: Range) -> None:
    withstands(arena, "counter-rolled-back")


def test_challenge_expired(arena: Range) -> None:
    withstands(arena, "challenge-expired")


def test_challenge_reused(arena: Range) -> None:
    withstands(arena, "challenge-reused")


def test_alg_none(arena: Range) -> None:
    withstands(arena, "alg-none")


def test_key_confusion(arena: Range) -> None:
    withstands(arena, "key-confusion")


def test_token_oversize(arena: Range) -> None:
    withstands(arena, "token-oversize")


def test_malformed_json(arena: Range) -> None:
    withstands(arena, "malformed-json")


def test_malformed_jwe(arena: Range) -> None:
    withstands(arena, "malformed-jwe")


def test_pin_guessing(arena: Range) -> None:
    withstands(arena, "pin-guessing")


def test_pin_oracle(arena: Range) -> None:
    withstands(arena, "pin-oracle")


def test_double_spend_concurrent(arena: Range) -> None:
    withstands(arena, "double-spend-concurrent")


def test_limit_split(arena: Range) -> None:
    withstands(arena, "limit-split")


def test_limit_concurrent(arena: Range) -> None:
    withstands(arena, "limit-concurrent")


def test_listed_payee_variant(arena: Range) -> None:
    withstands(arena, "listed-payee-variant")


def test_structuring(arena: Range) -> None:
    withstands(arena, "structuring")


def test_qr_swapped(arena: Range) -> None:
    withstands(arena, "qr-swapped")


def test_device_suspended(arena: Range) -> None:
    withstands(arena, "device-suspended")


def test_power_cut(arena: Range) -> None:
    withstands(arena, "power-cut")


def test_check_fails_closed(arena: Range) -> None:
    withstands(arena, "check-fails-closed")


def test_pin_block_oracle(arena: Range) -> None:
    withstands(arena, "pin-block-oracle")


def test_pin_format_downgrade(arena: Range) -> None:
    withstands(arena, "pin-format-downgrade")


def test_decimalisation_guessing(arena: Range) -> None:
    withstands(arena, "decimalisation-guessing")


def test_key_misuse(arena: Range) -> None:
    withstands(arena, "key-misuse")


def test_key_block_altered(arena: Range) -> None:
    withstands(arena, "key-block-altered")


def test_key_record_rolled_back(arena: Range) -> None:
    withstands(arena, "key-record-rolled-back")


def test_key_database_stolen(arena: Range) -> None:
    withstands(arena, "key-database-stolen")


def test_single_custodian(arena: Range) -> None:
    withstands(arena, "single-custodian")
