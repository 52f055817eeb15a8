"""What a tool of LiveKit's was called with and came to, for those who watch the call."""

from __future__ import annotations

import time
from types import TracebackType
from typing import TypeVar

from livekit.agents import ToolResult

from ..call_state import CallState

_T = TypeVar("_T")


class Noted:
    """The time that a tool runs: `tool_called` as it begins, `tool_ended` as it ends."""

    def __init__(self, call: CallState, tool: str, **arguments: object) -> None:
        self._call = call
        self._tool = tool
        self._began = time.monotonic()
        self._status = "error"
        self._told: object = "An internal error occurred"  # LiveKit's words
        call.note("tool_called", tool, arguments=arguments)

    def done(self, told: _T) -> _T:
        """Return what the LLM is told, and note that the tool did what it should."""
        self._status = "done"
        return self.failed(told)

    def failed(self, told: _T) -> _T:
        """Return what the LLM is told, and note that the tool could not do what it should."""
        self._told = told.output if isinstance(told, ToolResult) else told
        return told

    def __enter__(self) -> Noted:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._call.note(
            "tool_ended",
            self._tool,
            status=self._status,
            told=self._told,
            seconds=round(time.monotonic() - self._began, 3),
        )
