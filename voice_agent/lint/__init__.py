"""Settings that are valid but probably not meant."""
