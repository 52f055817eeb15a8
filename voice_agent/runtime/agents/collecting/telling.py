"""What the llm is told while something is collected, and once it has been."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence

from livekit.agents import Agent
from livekit.agents.llm.chat_context import Instructions

from ... import told
from ...call_state import CallState
from ...variables import Values


def instructed(task: Agent, call: CallState) -> Instructions:
    """Return the instructions of a task after those of the agent that has it."""
    base, own = _parts(told.instructions(call)), _parts(task.instructions)
    return Instructions(
        _joined(base.common, own.common),
        audio=_joined(base.audio, own.audio) or None,
        text=_joined(base.text, own.text) or None,
        dynamic=base.dynamic,
    )


def outcome(
    known: Sequence[str], names: Sequence[str], refused: Mapping[str, str], values: Values
) -> str:
    """Return what the llm is told once all was asked.

    `names` have values, and of those that are `known` it is told the values.
    """
    lines = ["What was to be asked of the caller has been asked. Do not ask for it again."]
    lines += [f"{each}: {values.told(f'{{{{ {each} }}}}')}" for each in known]
    lines += [f"{each}: known, and not to be repeated" for each in names if each not in known]
    lines += [f"{each}: not given ({json.dumps(why)})" for each, why in refused.items()]
    return "\n".join(lines)


def _parts(instructions: str | Instructions) -> Instructions:
    if isinstance(instructions, Instructions):
        return instructions
    return Instructions(instructions)


def _joined(*texts: str | None) -> str:
    return "\n\n".join(each.strip() for each in texts if each and each.strip())
