"""A profile's data, which may be invalid, with what it takes to warn of it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ..format.diagnostics import Diagnostic
from ..format.schema import is_realtime
from ..format.short_forms import written_at
from ..format.yaml_source import Source


class Data:
    """A profile's data, which may be invalid, with the places of its values."""

    def __init__(self, source: Source) -> None:
        self.source = source
        self.realtime = is_realtime(self.get("llm"))

    def get(self, *where: str | int) -> Any:
        """Return the value at a path; None where there is none."""
        value: Any = self.source.data
        for key in where:
            if isinstance(value, list) and isinstance(key, int):
                value = value[key] if key < len(value) else None
            else:
                value = value.get(key) if isinstance(value, dict) else None
        return value

    def setting(self, key: str) -> tuple[list[str], Any]:
        """Return where a setting of two forms is written, and its value; None if it is not."""
        where = written_at(self.source.data, key)
        return where, self.get(*where)

    def text(self, *where: str | int) -> str | None:
        """Return the text at a path; None where there is none, or the value is no text."""
        value = self.get(*where)
        return value if isinstance(value, str) else None

    def warn(
        self, where: Sequence[str | int], kind: str, message: str, hint: str | None, *other: str
    ) -> Diagnostic:
        """Return a warning on the value at a path; `other` is the path of what contradicts it."""
        second = self.source.key(other) if other and self.get(*other) is not None else None
        node = self.source.value(where)
        return self.source.at(node, kind, message, hint, severity="warning", other=second)

    def line(self, key: str, beside: Sequence[str | int]) -> str:
        """Return the line of a key, as "line 3", in a message on the value at a path."""
        return self.source.line_in_words(self.source.key([key]), self.source.value(beside))
