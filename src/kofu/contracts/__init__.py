"""The messages and files between systems: typed, versioned, published as OpenAPI and table schemas."""
