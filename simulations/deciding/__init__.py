"""A release over columns of asks: what it answers, what it offers instead, and why."""
