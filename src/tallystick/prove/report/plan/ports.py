"""What the page asks of a study of a plan, in its own words.

`decide` makes it. The page needs these parts of it and no more, so they are named here.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol


class Price(Protocol):
    """What one requirement adds to the burden, and which chosen controls would go without it."""

    @property
    def requirement(self) -> str: ...
    @property
    def title(self) -> str: ...
    @property
    def burden_millidays(self) -> int: ...
    @property
    def instead(self) -> Sequence[str]: ...


class FrontierPoint(Protocol):
    """The least that can be lost for one burden, requirements met; `kept`: appetites are too."""

    @property
    def burden_millidays(self) -> int: ...
    @property
    def expected_after_minor(self) -> int: ...
    @property
    def var_95_after_minor(self) -> int: ...
    @property
    def controls(self) -> int: ...
    @property
    def kept(self) -> bool: ...


class Swing(Protocol):
    """A control chosen at some beliefs about effects only: `low`, `mid`, `high`."""

    @property
    def control(self) -> str: ...
    @property
    def chosen_at(self) -> Sequence[str]: ...


class Declined(Protocol):
    """What a control that was left out would take and prevent in a year."""

    @property
    def control(self) -> str: ...
    @property
    def burden_millidays(self) -> int: ...
    @property
    def work_minor(self) -> int: ...
    @property
    def avoided_minor(self) -> int: ...
    @property
    def worth(self) -> bool: ...


class Alternative(Protocol):
    """The best that a given burden buys; `unmet` are promises that it does not keep."""

    @property
    def chosen(self) -> Sequence[str]: ...
    @property
    def burden_millidays(self) -> int: ...
    @property
    def expected_after_minor(self) -> int: ...
    @property
    def var_95_after_minor(self) -> int: ...
    @property
    def unmet(self) -> Sequence[str]: ...


class Study(Protocol):
    """The choice looked at from all sides."""

    @property
    def prices(self) -> Sequence[Price]: ...
    @property
    def binding(self) -> Mapping[str, Sequence[str]]: ...
    @property
    def frontier(self) -> Sequence[FrontierPoint]: ...
    @property
    def core(self) -> Sequence[str]: ...
    @property
    def swing(self) -> Sequence[Swing]: ...
    @property
    def declined(self) -> Sequence[Declined]: ...
