"""The HTTP API, `/api/v1`: each file one noun; the OpenAPI document is made from the same table that is served."""
