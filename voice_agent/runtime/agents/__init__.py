"""Several agents of one profile: who holds the call, what they collect, and their menus."""
