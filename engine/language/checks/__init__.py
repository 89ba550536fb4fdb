"""What a pack that type-checks says that it should not, or does not say that it should."""
