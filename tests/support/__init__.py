"""What the tests share. Only `clients`, `speech` and `browser` import what is slow to import."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).parents[2]

Golden = Callable[[Path, str], None]
