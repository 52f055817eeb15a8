"""What the llm is told of the tools that a profile declares."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .agents import BACK, Handoff
from .tools import UNSET, Parameter, Tool

CHOICE = "choice"
"""The parameter of a tool that switches: the name of what it switches to."""


def llm_sees(name: str, tool: Tool) -> dict[str, Any]:
    """Return the function that the llm is offered for a tool of a profile."""
    return {"name": name, "description": tool.description, "parameters": schema_of(tool)}


def schema_of(tool: Tool) -> dict[str, Any]:
    """Return the JSON Schema of what the llm gives to a tool, without what is ours to give."""
    if tool.switch:
        names = {"type": "string", "enum": list(tool.switch)}
        return _object({CHOICE: names}, [CHOICE])
    return _asked(tool.parameters)


def llm_hands_over(to: str, handoff: Handoff) -> dict[str, Any]:
    """Return the function that the llm is offered for a handoff to an agent, or back."""
    name = f"handoff_{to}" if to == BACK else f"handoff_to_{to}"
    return {"name": name, "description": handoff.when, "parameters": _asked(handoff.parameters)}


def ours(parameters: Mapping[str, Parameter]) -> dict[str, Any]:
    """Return the values of the parameters that the llm neither sees nor chooses, as written."""
    return {name: each.value for name, each in parameters.items() if each.value is not UNSET}


def _asked(parameters: Mapping[str, Parameter]) -> dict[str, Any]:
    asked = {name: each for name, each in parameters.items() if each.value is UNSET}
    return _object(
        {name: _closed(each.schema) for name, each in asked.items()},
        [name for name, each in asked.items() if not each.optional],
    )


def _object(properties: Mapping[str, Any], required: list[str]) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": dict(properties),
        "required": required,
        "additionalProperties": False,
    }


def _closed(schema: Any) -> Any:
    """Return a schema in which every object has its own keys only, as strict providers want it."""
    if not isinstance(schema, Mapping):
        return schema
    closed = dict(schema)
    if "items" in closed:
        closed["items"] = _closed(closed["items"])
    if "properties" in closed:
        closed["properties"] = {key: _closed(each) for key, each in closed["properties"].items()}
        closed["additionalProperties"] = False
    return closed
