"""JSON Schemas of all that people write and models of all that programs exchange."""
