"""The evaluators of a Program, one module each, all of which agree."""
