"""What was done with tools in a call, as the reports show it."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from ..runtime.call_state import ToolEvent
from ..runtime.secrets import hidden
from .call import Call
from .results import Request, ToolRun

_SHOWN = 2000  # letters of a body


def of(call: Call) -> Iterator[ToolRun]:
    """Yield every run of a tool, in the order in which they began; secrets are masked."""
    runs: list[ToolRun] = []
    for event in call.tool_events:
        at = round(event.at - call.began, 3)
        if event.name == "tool_called":
            arguments = json.loads(_text(event.details.get("arguments", {})))
            runs.append(ToolRun(event.tool, at, arguments=arguments))
        elif event.name == "tool_ended":
            same = [n for n, run in enumerate(runs) if run.tool == event.tool]
            for number in [n for n in same if runs[n].stopped is None][:1]:
                runs[number] = _ended(runs[number], event, at)
    yield from runs


def _ended(run: ToolRun, event: ToolEvent, at: float) -> ToolRun:
    details = event.details
    return replace(
        run,
        stopped=at,
        status=str(details.get("status", "")),
        told=_shown(details.get("told", "")),
        requests=tuple(map(_request, details.get("requests", ()))),
    )


def _request(data: Mapping[str, Any]) -> Request:
    return Request(
        method=str(data.get("method", "")),
        url=hidden(str(data.get("url", ""))),
        body=_shown(data.get("body")),
        status=data.get("status"),
        answer=_shown(data.get("answer")),
        seconds=round(float(data.get("seconds") or 0.0), 3),
    )


def _shown(data: Any) -> str:
    if data is None:
        return ""
    text = hidden(data) if isinstance(data, str) else _text(data)
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…"


def _text(data: Any) -> str:
    return hidden(json.dumps(data, ensure_ascii=False, default=str))
