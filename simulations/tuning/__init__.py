"""Searching for better settings of tunable parameters, and what is left of them when they are rounded and held out."""
