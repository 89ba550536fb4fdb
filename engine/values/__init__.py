"""Values as JSON holds them to the engine's own and back."""
