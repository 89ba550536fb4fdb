"""The sections of a report, one question of a manager a module."""
