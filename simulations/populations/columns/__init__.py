"""Columns of files to tables of the engine's own values, and back."""
