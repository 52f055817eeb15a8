"""What came of a rehearsal, for people and for programs."""
