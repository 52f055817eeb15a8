"""Which agents held in a call, what they collected, and which keys were pressed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from ..runtime.call_state import ToolEvent
from ..runtime.secrets import hidden
from .call import Call
from .results import Step, Turn

_ENTERED = "agent_entered"
_STEPS = (_ENTERED, "handoff_refused", "field_collected", "field_refused", "key_pressed")


def of(call: Call) -> Iterator[Step]:
    """Yield every step of a call, in order, without the values of fields."""
    agent = ""
    for event in call.tool_events:
        if event.name in _STEPS:
            step = _step(event, round(event.at - call.began, 3), agent)
            yield step
            agent = step.subject if step.name == _ENTERED else step.agent


def _step(event: ToolEvent, at: float, agent: str) -> Step:
    details = event.details
    before = details.get("left" if event.name == _ENTERED else "agent", agent)
    return Step(
        at,
        event.name,
        event.tool,
        agent=str(before),
        by=str(details.get("by", "")),
        reason=hidden(str(details.get("reason", ""))),
    )


def with_agents(turns: Sequence[Turn], steps: Sequence[Step]) -> tuple[Turn, ...]:
    """Return turns with the names of the agents that spoke in them."""
    return tuple(
        replace(turn, agent=holder(steps, turn.started)) if turn.who == "agent" else turn
        for turn in turns
    )


def holder(steps: Sequence[Step], at: float) -> str:
    """Return which agent held at a time, in seconds since the call began; "" for none."""
    held = [step.subject for step in steps if step.name == _ENTERED and step.at <= at]
    return held[-1] if held else ""
