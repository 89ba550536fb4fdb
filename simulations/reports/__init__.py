"""A study as people and programs read it: a terminal, JSON, one HTML file."""
