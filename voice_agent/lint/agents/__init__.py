"""Warnings on several agents of one profile, and on what leads from one to another."""
