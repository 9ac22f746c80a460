"""The people of tests/stage.py."""

from tests.stage import alice, bob, stage

__all__ = ["alice", "bob", "stage"]
