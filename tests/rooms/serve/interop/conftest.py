"""The people of tests/stage.py, and the hub of tests/hub.py."""

from tests.hub import ben, scheme
from tests.stage import stage

__all__ = ["ben", "scheme", "stage"]
