"""What a tool of an MCP server answered, as data."""

from __future__ import annotations

import json
from typing import Any

from mcp.types import (
    CallToolResult,
    ContentBlock,
    EmbeddedResource,
    ResourceLink,
    TextContent,
    TextResourceContents,
)


def data_of(result: CallToolResult) -> Any:
    """Return the data of an answer: what is structured in it, else its text, as JSON if it is that.

    A picture, or another thing that nobody can say, is only named.
    """
    if result.structured_content is not None:
        return result.structured_content
    text = "\n".join(map(_text, result.content))
    if not text:
        return None
    try:
        data = json.loads(text)
    except ValueError:
        return text
    return data if isinstance(data, dict | list) else text


def _text(block: ContentBlock) -> str:
    if isinstance(block, TextContent):
        return block.text
    if isinstance(block, EmbeddedResource) and isinstance(block.resource, TextResourceContents):
        return block.resource.text
    if isinstance(block, ResourceLink):
        return f"{block.name}: {block.uri}"
    return f"({block.type}, which is left out)"
