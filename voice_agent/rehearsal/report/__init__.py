"""Reports on rehearsals, for people and for programs."""
