"""The commands of `leeway`, one a module."""
