"""Who calls, and what they may do: keys, tokens, scopes, the rungs that a caller may claim."""
