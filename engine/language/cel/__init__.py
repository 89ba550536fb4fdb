"""Expressions: text to syntax to typed nodes."""
