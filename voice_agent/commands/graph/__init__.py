"""Where calls go among the agents of a profile, as `show --graph` draws it."""
