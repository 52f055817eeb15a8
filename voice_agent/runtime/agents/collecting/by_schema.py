"""The task that asks for a field which a profile describes by JSON Schema."""

from __future__ import annotations

import json
from typing import Any

from livekit.agents import AgentTask, ToolError, function_tool, llm
from livekit.agents.llm.tool_context import ToolFlag

from ....format.arguments import failures
from ....format.tools import Field
from ....format.variable_types import Unfit, fitting
from ...call_state import CallState

_INSTRUCTIONS = """\
You are only a single step in a broader system, responsible solely for capturing this: {about}
Call `update_{name}` at the first opportunity whenever the caller has said it. Do not invent it, \
stick strictly to what the caller said.
{confirmation}If it is unclear, ask for it again, and if the caller does not want to say it, call \
`decline_{name}`.
Ignore unrelated input and avoid going off-topic. Always explicitly invoke a tool when applicable. \
Do not simulate tool usage, no real action is taken unless the tool is explicitly called.\
"""
_OF_VALUE = "value"


class SchemaTask(AgentTask[Any]):
    """Asks for one value until it fits, and the caller agrees where that is wanted."""

    def __init__(self, name: str, field: Field, call: CallState) -> None:
        """Prepare to ask for `field`, whose name is `name`."""
        self._name = name
        self._field = field
        self._call = call
        self._about = str(field.options.get("description", name))
        self._schema = {
            "type": "object",
            "properties": {_OF_VALUE: dict(field.options)},
            "required": [_OF_VALUE],
            "additionalProperties": False,
        }
        self._value: Any = None
        agreed = f"Call `confirm_{name}` after the caller has agreed to what you understood.\n"
        super().__init__(
            instructions=_INSTRUCTIONS.format(
                about=self._about, name=name, confirmation=agreed if field.confirm else ""
            ),
            tools=[self._update_tool(), self._decline_tool()],
        )

    async def on_enter(self) -> None:
        """Ask the caller."""
        self.session.generate_reply(
            instructions=(
                f"Ask the user for this: {self._about} If the user already said it earlier in "
                f"this conversation, record it with update_{self._name} instead of asking again."
            )
        )

    def _update_tool(self) -> llm.RawFunctionTool[..., Any]:
        async def update(raw_arguments: dict[str, Any]) -> str | None:
            return await self._update(raw_arguments)

        about = f"Update what the user said. {self._about}"
        return function_tool(update, raw_schema=self._seen("update", about, self._schema))

    def _decline_tool(self) -> llm.RawFunctionTool[..., Any]:
        async def decline(raw_arguments: dict[str, Any]) -> None:
            if not self.done():
                reason = raw_arguments.get("reason") or "no reason was given"
                self.complete(ToolError(f"couldn't get {self._name}: {reason}"))

        reason = {"type": "string", "description": "A short explanation of why."}
        parameters = {"type": "object", "properties": {"reason": reason}, "required": ["reason"]}
        about = "Handles the case when the user explicitly declines to say it."
        return function_tool(
            decline,
            raw_schema=self._seen("decline", about, parameters),
            flags=ToolFlag.IGNORE_ON_ENTER,
        )

    def _confirm_tool(self, value: Any) -> llm.RawFunctionTool[..., Any]:
        async def confirm(raw_arguments: dict[str, Any]) -> str | None:
            if value != self._value:  # It was updated again in the same turn.
                return "It has changed since. Ask the user to confirm what it is now."
            if not self.done():
                self.complete(value)
            return None

        parameters: dict[str, Any] = {"type": "object", "properties": {}}
        about = "Call after the user confirms that it is correct."
        return function_tool(confirm, raw_schema=self._seen("confirm", about, parameters))

    def _seen(self, verb: str, about: str, parameters: dict[str, Any]) -> dict[str, Any]:
        return {"name": f"{verb}_{self._name}", "description": about, "parameters": parameters}

    async def _update(self, given: dict[str, Any]) -> str | None:
        value = self._read(given)
        self._value = value
        if not self._field.confirm:
            if not self.done():
                self.complete(value)
            return None
        confirm = self._confirm_tool(value)
        others = [each for each in self.tools if each.id != confirm.id]
        await self.update_tools([*others, confirm])
        return (
            f"The value has been updated to {json.dumps(value, ensure_ascii=False)}\n"
            "Repeat the value back to the user.\n"
            f"Prompt the user for confirmation, do not call `{confirm.id}` directly"
        )

    def _read(self, given: dict[str, Any]) -> Any:
        """Return the value that fits; raise ToolError with what the llm is told of another."""
        arguments, wrong = failures(self._schema, given)
        for keyword, _ in wrong:
            if rejection := self._field.rejections.get(keyword):
                told = self._call.values.told(rejection)
                raise ToolError(f"This is not valid, and was not recorded. {told}")
        if wrong:
            raise ToolError(
                f"This is not valid, and was not recorded. {' '.join(dict(wrong).values())}"
            )
        variable = self._call.profile.variables[self._name]
        try:
            return fitting(arguments[_OF_VALUE], variable.type, variable.enum)
        except Unfit as why:
            raise ToolError(f"This is not valid, and was not recorded. It {why}.") from None
