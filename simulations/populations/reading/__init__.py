"""Reading the spec of a synthetic population."""
