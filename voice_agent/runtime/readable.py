"""Text without what a terminal would obey and no language model would understand."""

from __future__ import annotations

import re
import unicodedata

# A whole command to the terminal, such as a colour, or what is left of one.
_COMMAND = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)?|.)?")
# They turn the direction of all that follows them.
_DIRECTIONS = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


def readable(text: str) -> str:
    """Return a text without control characters, except that its lines stay lines."""
    text = _COMMAND.sub("", text.replace("\r\n", "\n").replace("\r", "\n").replace("\t", " "))
    return "".join(char for char in text if char == "\n" or _is_readable(char))


def _is_readable(char: str) -> bool:
    # Cc are control characters, and Cs are halves of characters.
    return unicodedata.category(char) not in ("Cc", "Cs") and char not in _DIRECTIONS
