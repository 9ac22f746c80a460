"""The people of tests/stage.py, served by edges."""

from tests.stage import alice, bob, stage

__all__ = ["alice", "bob", "stage"]
