"""What the decision API tells of itself: an OpenAPI document, made from its endpoints."""
