"""The ledger: what happened to customers and at the desk, in the order in which it was written, never changed."""
