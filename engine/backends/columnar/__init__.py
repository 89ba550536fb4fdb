"""Facts of many cases as columns, and expressions over them with Polars."""
