"""LiveKit's plugins: what is installed, what each has, and what a profile makes of it."""
