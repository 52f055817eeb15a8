"""The steps of a call in words: which agent takes over, what it collects, and which keys do."""

from __future__ import annotations

from collections.abc import Sequence

from ..results import Step

_WHY = {
    "llm": "as the language model decided",
    "collected": "as all is collected",
    "tool": "as a tool succeeded",
    "variable": "as a variable has its value",
    "menu": "as the menu says",
}


def heading(steps: Sequence[Step]) -> str:
    """Return what stands above the steps of a call; a profile with one agent has fields alone."""
    return "Agents" if any(step.name == "agent_entered" for step in steps) else "Fields"


def in_words(step: Step) -> str:
    """Return what happened, in some words."""
    match step.name:
        case "agent_entered":
            return _entered(step)
        case "handoff_refused":
            return f'The handoff to "{step.subject}" is refused{_because(step)}'
        case "field_collected":
            return f'"{step.subject}" is collected'
        case "field_refused":
            return f'A value of "{step.subject}" is refused{_because(step)}'
    how = "chosen by the language model" if step.by == "llm" else "pressed"
    return f"Key {step.subject} is {how}"


def label(step: Step) -> str:
    """Return what stands for a step on the time axis."""
    return f"key {step.subject}" if step.name == "key_pressed" else step.subject


def decided(step: Step, path: str) -> str:
    """Return the place in the profile at `path` that decided a step; "" where there is none."""
    return "" if step.line is None else f"({step.file or path}:{step.line})"


def _entered(step: Step) -> str:
    if not step.agent:
        return f'"{step.subject}" takes the call'
    if step.by == "back":
        return f'"{step.agent}" hands back to "{step.subject}"'
    why = f", {_WHY[step.by]}" if step.by in _WHY else ""
    return f'"{step.agent}" hands over to "{step.subject}"{why}'


def _because(step: Step) -> str:
    return f": {step.reason}" if step.reason else ""
