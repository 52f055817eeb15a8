"""One tool without a call: what it does, and what the llm would be told."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

from ...format.tools import Tool, Treatment
from ..call_state import CallState
from . import fixed, over_http, results
from .outcome import Outcome


@dataclass(frozen=True, slots=True)
class Trial:
    """What came of it; `saved` are the variables that have a new value."""

    outcome: Outcome
    told: str
    saved: Mapping[str, Any]


async def attempt(name: str, tool: Tool, arguments: dict[str, Any], call: CallState) -> Trial:
    """Do what a tool does with arguments that fit, if it has a request or a fixed answer."""
    if tool.http:
        return await tried(name, tool, call, partial(over_http.run, name, tool, call, arguments))
    return await tried(name, tool, call, partial(fixed.run, tool, call))


async def tried(
    name: str, tool: Treatment, call: CallState, run: Callable[[], Awaitable[Outcome]]
) -> Trial:
    """Return what comes of a tool that `run` runs, unless a variable that it requires is unset."""
    if (refusal := results.refusal(tool.requires, call.values)) is not None:
        return Trial(Outcome(failure="requires", reason="A variable has no value."), refusal, {})
    outcome = await run()
    saved = results.save(tool, outcome, call.values)
    return Trial(outcome, results.told(name, tool, outcome, call.values), saved)
