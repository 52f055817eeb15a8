"""What a profile may say, and how it is read: YAML with places, schema, diagnostics, data."""
