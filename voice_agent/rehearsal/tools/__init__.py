"""The calls that are derived from the tools of a profile, and what is checked in them."""
