"""What ties a sealed PIN to one order of one device."""

from __future__ import annotations

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tallystick.crypto.modules import PinNotVerified, SoftwareModule
from tallystick.ground.identifiers import RequestId
from tallystick.handset import pin as handset_pin
from tallystick.protect.pin import DUMMY_REFERENCE, pin_binding

names = st.text(st.sampled_from("abcXYZ019-_"), min_size=16, max_size=64)


@given(request=names, thumbprint=names)
def test_both_sides_bind_alike(request: str, thumbprint: str) -> None:
    ours = pin_binding(request=RequestId(request), thumbprint=thumbprint)
    assert ours == handset_pin.pin_binding(request=request, device_part=thumbprint)
    said = f"tallystick-pin.{request}.{thumbprint}".encode()  # docs/reference/wire.md
    assert ours == hashlib.sha256(said).digest()


def test_nothing_is_verified_against_the_dummy_reference() -> None:
    assert len(DUMMY_REFERENCE) == 32
    module = SoftwareModule.generate()
    binding = pin_binding(request=RequestId("request-0000-0001"), thumbprint="t" * 43)
    with pytest.raises(PinNotVerified):
        module.verify_pin(sealed="", binding=binding, customer="cus-1", reference=DUMMY_REFERENCE)
