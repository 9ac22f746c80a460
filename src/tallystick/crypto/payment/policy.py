"""What the security policy says to a crypto module; what it leaves open has a safe value."""

from __future__ import annotations

from typing import Annotated

import msgspec

from tallystick.crypto.keys import AssuranceLevel

_Count = Annotated[int, msgspec.Meta(ge=0, le=2**52)]
_Bits = Annotated[int, msgspec.Meta(ge=80, le=512)]

AREAS = ("keys", "pin", "mac", "data", "card", "emv", "token", "field", "signature")
"""What operations belong to; a level of assurance is demanded for each."""


class ModulePolicy(msgspec.Struct, forbid_unknown_fields=True, frozen=True, kw_only=True):
    """Parameters of the module.

    level_min:        area to the least level of assurance that its operations may run at.
    cryptoperiod_days, uses_max: by usage (two characters); 0 or absent sets no limit.
    quorum:           act (create, import, export, state, setting) to the custodians who must
                      approve it for a key of the production domain, besides whoever asks; 2
                      where nothing is said.
    strength_bits_min: the weakest key that is taken in or made; 112 leaves out two-key TDEA.
    legacy_blocks:    versions of key blocks that are read besides B, D and E: "A", "C".
    translations:     PIN block formats "in>out" allowed beyond ISO 9564-1's own, as "4>0".
    peers_approved:   whether data and PINs of the production domain go under agreed keys with those
                      peers alone whose certificates custodians took in. Keys always do.
    pins_refused, easy_pins_refused: PINs that are neither drawn nor chosen: a list, and runs of
                      one digit or of neighbours.
    pins_made_max:    PINs made, chosen or drawn for one account within `failures_window_s`.
    nonces_drawn:     whether TR-34 is taken in for nonces alone that this module drew (DrawNonce).
    pin_failures_max: wrong PINs for one account number, and `key_failures_max` for one key, within
                      `failures_window_s`; then refused until the window has passed.
    serial_window:    key serial numbers of DUKPT are accepted once, and as late as this many behind
                      the newest of their device (0: rising only, at most 64); absent: not looked
                      at. A key's own `serial_window` (pinned) comes first.
    serials_together: windows are written to the journal at the end of a batch of calls, when so
                      many wait; a crash loses those that wait, and 1 lets none wait.
    mac_failures_max: wrong MACs under one key within `failures_window_s`; 0 sets no limit.
    card_failures_max: wrong card verification values for one account number, in the same window.
    opens_max:        fields opened and tokens turned back under one key within the same window; 0
                      sets no limit.
    card_data:        whether data may be enciphered under the keys that carry PINs into cards.
    limited_keys_max: limited-use keys issued for one token, in the same window.
    cryptograms_made: whether application cryptograms may be generated, which only tests need.
    """

    id: str = ""
    level_min: dict[str, AssuranceLevel] = {}
    cryptoperiod_days: dict[str, _Count] = {}
    uses_max: dict[str, _Count] = {}
    quorum: dict[str, _Count] = {}
    strength_bits_min: _Bits = 80
    legacy_blocks: list[str] = []
    translations: list[str] = []
    nonces_drawn: bool = False
    peers_approved: bool = False
    pins_refused: list[str] = []
    easy_pins_refused: bool = False
    pins_made_max: _Count = 20
    pin_failures_max: _Count = 5
    key_failures_max: _Count = 1_000
    card_failures_max: _Count = 10
    limited_keys_max: _Count = 48
    failures_window_s: _Count = 86_400
    serial_window: Annotated[int, msgspec.Meta(ge=0, le=64)] | None = None
    serials_together: Annotated[int, msgspec.Meta(ge=1, le=10_000)] = 1
    mac_failures_max: _Count = 0
    opens_max: _Count = 0
    card_data: bool = False
    cryptograms_made: bool = False

    def allows_area(self, area: str, level: AssuranceLevel) -> bool:
        """Whether operations of an area may run at a level."""
        return level >= self.level_min.get(area, AssuranceLevel.S0)


read_module_policy = msgspec.json.Decoder(ModulePolicy).decode
