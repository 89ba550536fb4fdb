"""YAML files to values that remember their places, and the JSON Schemas that shape them."""
