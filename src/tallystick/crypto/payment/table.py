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

from tallystick.crypto.payment import approving
from tallystick.crypto.payment import key_calls as keys
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
        approving.SetCustodians: ("keys", approving.set_custodians),
        approving.ReadCustodians: ("keys", approving.read_custodians),
    }
)
ANSWERS: tuple[type[Answer], ...] = (keys.KeyView, keys.Keys, keys.Events, approving.Custodians)

CALL_TYPE: Any = reduce(or_, HANDLERS)
ANSWER_TYPE: Any = reduce(or_, ANSWERS, Denied)
