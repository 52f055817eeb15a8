"""What LiveKit's session needs to be told where the agent has tools."""

from __future__ import annotations

from livekit.agents.voice.tool_executor import AsyncToolOptions, ToolHandlingOptions

from ...format.profile import Profile
from ...format.schema import part_at
from ...format.tools import Tools
from ..settings import SessionOptions

# LiveKit's own texts tell the llm of tools to cancel a call, which it has not.
_RUNNING = (
    "{function_name} is at work with these arguments already. Its result will come by itself."
)
_TEXTS = AsyncToolOptions(
    duplicate_reject_template=f"{_RUNNING} Do not call it again.",
    duplicate_confirm_template=f"{_RUNNING} Confirm that you want it twice, if the caller does.",
)


def for_tools(profile: Profile, options: SessionOptions) -> SessionOptions:
    """Return the options of a session, with what the tools of a profile need where it is unsaid."""
    if profile.tools == Tools() and not profile.mcp_servers:
        return options
    # A chain of a lookup, a change and the end of the call, with one mistake on the way, takes 4.
    steps = part_at(["session", "max_tool_steps"])["x-default-with-tools"]
    texts = options.get("tool_handling", {}).get("async_options", {})
    handling = ToolHandlingOptions(async_options=AsyncToolOptions(**{**_TEXTS, **texts}))
    return SessionOptions(**{"max_tool_steps": steps, **options, "tool_handling": handling})
