"""Voice agents written in YAML, run on LiveKit Agents."""

from voice_agent.loader import InvalidProfile, load
from voice_agent.profile import Opening, Profile

__all__ = ["InvalidProfile", "Opening", "Profile", "load"]
