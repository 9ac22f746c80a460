"""Tallystick: security of mobile financial services, from one file to a verified certificate."""

__version__ = "0.1.0"
