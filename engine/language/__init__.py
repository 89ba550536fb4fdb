"""Read policy packs: YAML with positions, shape, expressions and semantic checks."""
