"""The tool with which the llm goes back to what the caller wants to correct."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from livekit.agents import AgentTask, ToolError, function_tool, llm
from livekit.agents.llm.tool_context import ToolFlag

from .steps import Step


class Back(Exception):
    """The caller wants to correct what was said before."""

    def __init__(self, names: Sequence[str]) -> None:
        """Name the steps, in the order in which they are to be asked again."""
        super().__init__(*names)
        self.names = names


def going_back(task: AgentTask[Any], earlier: Sequence[Step]) -> llm.RawFunctionTool[..., Any]:
    """Return the tool, which ends `task` with Back; it has the name of that of LiveKit's groups."""
    known = {each.name: each.description for each in earlier}

    async def go_back(raw_arguments: dict[str, Any]) -> None:
        names = raw_arguments.get("task_ids")
        names = [*dict.fromkeys(names)] if isinstance(names, list) and names else [names]
        if wrong := [each for each in names if each not in known]:
            raise ToolError(f"unable to regress, invalid task id {wrong[0]}")
        if not task.done():
            task.complete(Back(names))

    described = json.dumps(known, ensure_ascii=False)
    ids = {"type": "array", "items": {"type": "string", "enum": [*known]}, "minItems": 1}
    seen = {
        "name": "out_of_scope",
        "description": (
            "Call to go back to what the user wants to correct, with the IDs of all of it in the "
            f"order in which the user named it. These are the IDs and what they are: {described}"
        ),
        "parameters": {"type": "object", "properties": {"task_ids": ids}, "required": ["task_ids"]},
    }
    return function_tool(go_back, raw_schema=seen, flags=ToolFlag.IGNORE_ON_ENTER)
