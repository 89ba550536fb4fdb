"""What a desk with a memory does: decide, take what customers answer, keep what happens, decide again."""
