"""What the tests of PINs draw: digits, accounts, keys and sides of a translation."""

from __future__ import annotations

import os

from hypothesis import strategies as st

from tallystick.crypto.mechanisms import BlockCipher
from tallystick.crypto.pins import AccountField, PinFormat, PinSide

pins = st.text("0123456789", min_size=4, max_size=12)
accounts = st.text("0123456789", min_size=13, max_size=19)
any_accounts = st.text("0123456789", min_size=8, max_size=19)
formats = st.sampled_from(PinFormat)
aes_keys = st.sampled_from((16, 24, 32)).flatmap(lambda n: st.binary(min_size=n, max_size=n))
tdes_keys = st.sampled_from((16, 24)).flatmap(lambda n: st.binary(min_size=n, max_size=n))


def cipher_for(form: PinFormat, key: bytes | None = None) -> BlockCipher:
    if form is PinFormat.ISO_4:
        return BlockCipher.aes(key or os.urandom(16))
    return BlockCipher.tdes(key or os.urandom(24))


@st.composite
def sides(draw: st.DrawFn, form: PinFormat | None = None, account: str | None = None) -> PinSide:
    taken = form if form is not None else draw(formats)
    key = draw(aes_keys if taken is PinFormat.ISO_4 else tdes_keys)
    return PinSide(
        taken,
        cipher_for(taken, key),
        account or draw(accounts),
        draw(st.sampled_from(AccountField)),
    )
