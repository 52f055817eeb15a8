"""One tool without a call: what it does, and what the llm would be told."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ...format.tools import Tool
from ..call_state import CallState
from . import fixed, over_http, results
from .outcome import Outcome
from .response import at


@dataclass(frozen=True, slots=True)
class Trial:
    """What came of it; `saved` are the variables that have a new value."""

    outcome: Outcome
    told: str
    saved: Mapping[str, Any]


async def attempt(name: str, tool: Tool, arguments: dict[str, Any], call: CallState) -> Trial:
    """Do what a tool does with arguments that fit, if it has a request or a fixed answer."""
    if (refusal := results.refusal(tool.requires, call.values)) is not None:
        return Trial(Outcome(failure="requires", reason="A variable has no value."), refusal, {})
    if tool.http:
        outcome = await over_http.run(name, tool, call, arguments)
    else:
        outcome = await fixed.run(tool, call)
    told = results.told(name, tool, outcome, call.values)
    wanted = () if outcome.failure else tool.response.save.items()
    # What the answer lacks, or has of another type, is not saved.
    saved = {
        each: call.values.get(each)
        for each, path in wanted
        if call.values.is_set(each) and str(call.values.get(each)) == str(at(outcome.data, path))
    }
    return Trial(outcome, told, saved)
