"""Voice agents written in YAML, run on LiveKit Agents."""

from .format.loader import InvalidProfile, load
from .format.profile import Opening, Profile

__all__ = ["InvalidProfile", "Opening", "Profile", "load"]
