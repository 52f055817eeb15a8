"""Rehearsals: calls that show whether an agent does what its profile says."""
