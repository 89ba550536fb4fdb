"""What an operation raises when it has no value; backends turn it into unknown."""

from __future__ import annotations


class Failed(Exception):
    """An operation on known values that has no value: division by zero, overflow, no such item."""
