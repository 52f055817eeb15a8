"""What only tests ask of the stand-in: a recording of its clients, and services that fail."""
