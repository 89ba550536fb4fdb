"""Demonstration customers: what they ask for, and what happened to them before."""
