"""Details that a reply has the language model record, by whichever tool does that."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from .log import logger
from .replies import Messages, Reply, ToolCall, text_of


def with_details(
    reply: Reply, messages: Messages, tools: Sequence[Mapping[str, Any]], language: str
) -> Reply:
    """Return a reply in which details are calls of the tools that the model is offered."""
    if not any(call.is_detail for call in reply.calls):
        return reply
    from .detail_fields import fields_of  # here, as hardly a reply needs it

    fields = fields_of(tools, text_of(messages[0]) if messages else "")

    def call_for(call: ToolCall) -> ToolCall:
        if not call.is_detail:
            return call
        value = call.arguments["value"]
        own = [each for each in fields if each.schema and each.name == call.tool]
        others = [each for each in fields if not each.schema]
        if own or not others:
            if not own:
                logger.warning("nothing collects %s where a reply gives it", call.tool)
            return ToolCall(f"update_{call.tool}", {"value": value})
        field = others[0]
        found = (
            value if isinstance(value, Mapping) else field.read(str(value), language, asked=True)
        )
        return field.call(found)

    return replace(reply, calls=tuple(map(call_for, reply.calls)))
