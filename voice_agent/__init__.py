"""Voice agents written in YAML, run on LiveKit Agents."""
