"""Decide what may be done for a customer: pure functions from policy and facts to decisions."""
