"""What agents and tools ask of the caller before they go on.

LiveKit's own `TaskGroup` also asks one thing after the other, but ends with the first that the
caller refuses, knows nothing of values that are there already, and does not reach into the task
for a credit card, which has a group of its own that needs an llm for a summary.
"""

from __future__ import annotations

from .collection import Collection, collect, leave, over
from .for_tools import WentElsewhere, collect_for

__all__ = ["Collection", "WentElsewhere", "collect", "collect_for", "leave", "over"]
