"""What tools would do in a call that can do nothing without one."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from ..format.profile import Profile
from ..format.templates import render
from ..format.tool_schema import CHOICE
from ..format.tools import UNSET, Choice, Destination, EndCall, Rpc, Tool, TransferCall
from ..runtime.variables import Values

_KEYS = "events"


def schemas(profile: Profile) -> dict[str, Mapping[str, Any]]:
    """Return LiveKit's own tools of a profile, each with the schema of what the llm gives to it."""
    found: dict[str, Mapping[str, Any]] = {}
    tools = profile.tools
    if tools.end_call:
        found["end_call"] = _object({})
    if tools.send_dtmf_events:
        found["send_dtmf_events"] = _object({_KEYS: {"type": "array", "items": {}}})
    if tools.transfer_call:
        names = {"type": "string", "enum": [*tools.transfer_call.destinations]}
        found["transfer_call"] = _object({"destination": names})
    return found


def explained(
    profile: Profile, name: str, arguments: Mapping[str, Any], values: Values
) -> Iterator[str]:
    """Yield lines on what a tool would do in a call, which there is none of here."""
    yield f"{name} does its work in a call, and there is none here. In one, it would:"
    tool = profile.tools.declared.get(name)
    if tool and tool.switch:
        yield from _switch(tool.switch[arguments[CHOICE]], arguments[CHOICE], values)
    elif tool and tool.rpc:
        yield from _rpc(name, tool, tool.rpc, arguments, values)
    elif name == "transfer_call" and (transfer := profile.tools.transfer_call):
        yield from _transfer(transfer, arguments["destination"], values)
    elif name == "end_call" and (end := profile.tools.end_call):
        yield from _end(end, values)
    else:
        yield f"  press {' '.join(map(str, arguments[_KEYS]))} on the telephone"


def _switch(choice: Choice, name: str, values: Values) -> Iterator[str]:
    for role in ("stt", "llm", "tts"):
        if model := getattr(choice, role):
            yield f"  use {model} for {role} from then on"
    if choice.instructions:
        yield f"  add to the instructions: {values.told(choice.instructions)}"
    yield from _said(choice, values)
    if not choice.say:
        yield f"  tell the llm that it is {name} now"


def _rpc(
    name: str, tool: Tool, rpc: Rpc, arguments: Mapping[str, Any], values: Values
) -> Iterator[str]:
    ours = {
        key: values.render(each.value)
        for key, each in tool.parameters.items()
        if each.value is not UNSET
    }
    given = {**arguments, **ours}
    payload: Any = given
    if rpc.payload is not UNSET:
        payload = render(
            rpc.payload, lambda each: given[each] if each in given else values.get(each)
        )
    written = payload if isinstance(payload, str) else json.dumps(payload, ensure_ascii=False)
    yield f"  call {rpc.method or name} of the caller's frontend with {written}"
    yield f"  wait {rpc.timeout:g} seconds for its answer, and tell the llm what it is"


def _transfer(transfer: TransferCall, name: str, values: Values) -> Iterator[str]:
    destination = transfer.destinations[name]
    yield from _said(transfer, values)
    yield f"  transfer to {name} ({values.render(destination.transfer_to)}), {_how(destination)}"
    if transfer.on_failure:
        yield f"  tell the llm, if that fails: {values.told(transfer.on_failure)}"


def _how(destination: Destination) -> str:
    if destination.mode == "cold":
        return "and be out of the call"
    return "and speak with whoever answers before the caller does"


def _end(end: EndCall, values: Values) -> Iterator[str]:
    yield from _said(end, values)
    if not (end.say or end.instructions):
        yield "  have the llm say goodbye"
    stays = end.on_interruption == "stay"
    yield f"  {'go on' if stays else 'end all the same'} if the caller speaks into that"
    yield f"  {'delete the room' if end.delete_room else 'leave the room'}"


def _said(what: Choice | EndCall | TransferCall, values: Values) -> Iterator[str]:
    if what.say:
        yield f"  say: {values.spoken(what.say)}"
    elif not isinstance(what, Choice) and what.instructions:
        yield f"  say in words of its own: {values.told(what.instructions)}"


def _object(properties: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": properties,
        "required": [*properties],
        "additionalProperties": False,
    }
