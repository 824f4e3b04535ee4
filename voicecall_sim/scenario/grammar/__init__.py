"""The grammar: shapes that read nodes and that print themselves as JSON Schema."""
