"""Customers and their asks, in columns: from files, from the ledger, or drawn from a spec."""
