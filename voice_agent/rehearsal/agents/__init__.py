"""The calls that are derived from agents, fields and menus, and what is checked in them."""
