"""The decision API over HTTP: what frontline tools and AI agents call."""
