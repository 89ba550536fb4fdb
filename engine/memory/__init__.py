"""What the ledger's events mean to a decision: history, promises, and the case that is kept to decide it again."""
