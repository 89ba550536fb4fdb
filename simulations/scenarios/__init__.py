"""Scenarios: cases beside a pack that it must decide as written."""
