"""The Program that a pack is lowered to: typed expressions over the facts, in order."""
