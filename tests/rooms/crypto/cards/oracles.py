"""What the tests of cards share: random inputs, and marks for the other implementations."""

from __future__ import annotations

import pytest
from hypothesis import strategies as st

QUIET = pytest.mark.filterwarnings("ignore::cryptography.utils.CryptographyDeprecationWarning")
keys = st.binary(min_size=16, max_size=16)
pans = st.text("0123456789", min_size=12, max_size=19)
sequences = st.text("0123456789", min_size=2, max_size=2)
counters = st.binary(min_size=2, max_size=2)
numbers = st.binary(min_size=4, max_size=4)
pins = st.text("0123456789", min_size=4, max_size=12)
expiries = st.text("0123456789", min_size=4, max_size=4)
service_codes = st.text("0123456789", min_size=3, max_size=3)
