"""How customer-centric we are: counted in one pass over the events of a ledger, beside the rules of its packs."""
