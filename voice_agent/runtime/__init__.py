"""A profile becomes LiveKit's agent, session and worker."""
