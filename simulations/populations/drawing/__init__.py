"""Drawing synthetic customers and their asks, for many rows at once."""
