"""Codes: what a merchant's QR code says, and the provider's signature under it.

Clauses: 10; EMV merchant-presented layout.
Enters:  a merchant's account, name, currency and country; the text that a handset photographed.
Leaves:  a signed MerchantCode as text, and the same read back.
Refuses: CodeRefused.
Proof:   tests/rooms/protect/codes, the trial qr-swapped.
"""

from tallystick.protect.codes.layout import CodeRefused, MerchantCode, read_code, write_code

__all__ = ["CodeRefused", "MerchantCode", "read_code", "write_code"]
