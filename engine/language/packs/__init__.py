"""The files of a pack put together: what is written, and what its names stand for."""
