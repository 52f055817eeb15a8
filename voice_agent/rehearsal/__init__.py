"""The rehearsal: calls with a caller who speaks, and what an agent is held to in them."""
