"""Try policies before they go live: scenarios and what they cover."""
