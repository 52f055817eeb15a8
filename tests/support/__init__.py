"""What the tests share. Only `clients`, `speech` and `browser` import what is slow to import."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).parents[2]

Golden = Callable[[Path, str], None]


def examples(wanted: int) -> int:
    """Return how many random examples to try: those wanted in CI, and a tenth while developing."""
    return wanted if os.environ.get("CI") else wanted // 10
