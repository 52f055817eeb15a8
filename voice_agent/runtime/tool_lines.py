"""What tools, agents and keys do in a call, in short lines for an operator who watches it."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Callable, Mapping
from typing import Any

from ..format.profile import Profile
from .call_state import ToolEvent
from .offline import is_offline
from .readable import readable
from .secrets import hidden

_LONGEST = 60  # characters of a value
_TOLD = 200  # characters of what the llm is told of a failure
_LIVEKITS = ("end_call", "send_dtmf_events", "transfer_call")
_ENTERS = {"start": "takes the call", "back": "takes over again"}
_NOT_REACHED = {
    "busy": "the line is busy",
    "no_answer": "nobody answers",
    "rejected": "the call is rejected",
    "voicemail": "a machine answers",
    "failed": "it failed",
}


HUNG_UP = "[the call has ended]"
"""The line on a tool that has ended the call, or put it through."""


class ToolLines:
    """Tells `show` each line, as `CallState.watch` tells of the events."""

    def __init__(self, profile: Profile, show: Callable[[str], None]) -> None:
        self._tools = profile.tools
        self._show = show
        self._arguments: defaultdict[str, list[Mapping[str, Any]]] = defaultdict(list)

    def tell(self, event: ToolEvent) -> None:
        """Tell what has happened, where it is something to see."""
        details = event.details
        match event.name:
            case "tool_called":
                self._arguments[event.tool].append(details.get("arguments") or {})
                return
            case "tool_ended":
                line = self._ended(event.tool, details)
            case "transfer_ended":
                line = _transferred(details)
            case "agent_entered":
                line = f"{event.tool} {_ENTERS.get(str(details.get('by')), 'takes over')}"
            case "handoff_refused":
                line = f"{event.tool} does not take over: {details.get('reason')}"
            case "field_collected":
                line = f"collected {event.tool}={_value(details.get('value'))}"
            case "field_refused":
                line = f"did not get {event.tool}: {_cut(str(details.get('reason')), _TOLD)}"
            case "key_pressed":
                line = _pressed(event.tool, details)
            case "dtmf_sent":
                verb = "would press" if details.get("pretended") else "presses"
                line = f"{verb} {details.get('keys')}"
            case _:
                return
        if line:
            self._show(f"[{_one_line(line)}]")

    def _ended(self, tool: str, details: Mapping[str, Any]) -> str:
        waiting = self._arguments[tool]
        arguments = waiting.pop(0) if waiting else {}
        done = details.get("status") == "done"
        if done and tool in _LIVEKITS:
            return ""  # What it does is told already, or as it happens.
        called = " ".join([tool, *(f"{key}={_value(each)}" for key, each in arguments.items())])
        asked = done or details.get("requests")
        by = ", answered by the stand-in" if asked and self._is_played(tool) else ""
        line = f"{called} → {details.get('status')}, {details.get('seconds', 0):.1f} s{by}"
        told = str(details.get("told") or "")
        return line if done or not told else f"{line}: {_cut(told, _TOLD)}"

    def _is_played(self, tool: str) -> bool:
        """Return whether something outside this program is asked, which the stand-in plays."""
        if not is_offline() or tool in _LIVEKITS:
            return False
        declared = self._tools.declared.get(tool)
        return declared is None or declared.http is not None or declared.rpc is not None


def _pressed(key: str, details: Mapping[str, Any]) -> str:
    verb = "chosen" if details.get("by") == "llm" else "pressed"
    known = f"{key} {verb}"
    return known if details.get("known") else f"{known}, which the menu does not have"


def _transferred(details: Mapping[str, Any]) -> str:
    name, number = details.get("destination"), details.get("transfer_to")
    verb = "would transfer" if details.get("pretended") else "transferred"
    outcome = str(details.get("outcome"))
    if outcome == "answered":
        return f"{verb} to {name} ({number})"
    if not details.get("pretended"):
        verb = "could not transfer"
    return f"{verb} to {name} ({number}): {_NOT_REACHED.get(outcome, outcome)}"


def _value(value: object) -> str:
    plain = isinstance(value, str) and value and not any(map(str.isspace, value))
    text = str(value) if plain else json.dumps(value, ensure_ascii=False, default=str)
    return _cut(text, _LONGEST)


def _cut(text: str, longest: int) -> str:
    return text if len(text) <= longest else f"{text[:longest]}…"


def _one_line(text: str) -> str:
    return " ".join(readable(hidden(text)).split())
