"""Voice agents written in YAML, run on LiveKit Agents."""

from .loader import InvalidProfile, load
from .profile import Opening, Profile

__all__ = ["InvalidProfile", "Opening", "Profile", "load"]
