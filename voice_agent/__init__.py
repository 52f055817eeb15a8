"""Voice agents written in YAML, run on LiveKit Agents."""

from .format.loader import InvalidProfile, load
from .format.opening import Opening
from .format.profile import Profile

__all__ = ["InvalidProfile", "Opening", "Profile", "load"]
