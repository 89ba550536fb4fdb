"""Signals: patterns over one customer's events, and what follows from them."""
