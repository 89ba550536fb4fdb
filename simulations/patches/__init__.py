"""Changes to a pack as edits, and the release that they make of it."""
