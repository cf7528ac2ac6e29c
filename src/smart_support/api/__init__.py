"""The HTTP API: one module a resource, over the pipeline's ports."""
