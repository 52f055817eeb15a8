"""The tool `end_call`: LiveKit's own hangs up, once the caller has let the goodbye end."""

from __future__ import annotations

import asyncio
from typing import Any, cast

from livekit.agents import NOT_GIVEN, AgentSession, RunContext, ToolResult, function_tool, llm
from livekit.agents.beta.tools import EndCallTool
from livekit.agents.voice import SpeechHandle

from ...format.tools import EndCall
from ..call_state import CallState
from ..saying import say
from ..session import ProfileSession
from . import telephone
from .hearing import heard_to_its_end
from .noted import Noted

INSTRUCTIONS = "say goodbye to the user"
"""LiveKit's own, for a profile that does not say how to say goodbye."""
STAYS = (
    "The call goes on, because the caller spoke. Answer them, and call this again once they are "
    "done."
)
_ENDING = "The call is already about to end."


def build(call: CallState, written: EndCall) -> llm.Tool:
    """Return the tool by which the agent of this call hangs up."""
    return _Ending(call, written).tool


class _Ending:
    """How one call is ended, once at most."""

    def __init__(self, call: CallState, written: EndCall) -> None:
        self._call = call
        self._written = written
        self._begun = False
        self._tasks: set[asyncio.Task[Any]] = set()
        theirs = self._livekits(None)
        self.tool: llm.Tool = function_tool(
            self._end,
            name=theirs.info.name,
            description=theirs.info.description,
            flags=theirs.info.flags,
        )

    def _livekits(self, instructions: str | None) -> llm.FunctionTool[..., Any]:
        """Return LiveKit's tool, which ends the session when the turn that calls it is over."""
        # In the console there is no room, which LiveKit's tool would warn about.
        in_room = telephone.in_room(self._call) is not None
        toolset = EndCallTool(
            extra_description=self._written.description or "",
            delete_room=self._written.delete_room and in_room,
            end_instructions=instructions,
        )
        return cast("llm.FunctionTool[..., Any]", toolset.tools[0])

    async def _end(self, context: RunContext[None]) -> Any:
        with Noted(self._call, "end_call") as noted:
            if self._begun:
                return noted.done(ToolResult(_ENDING, reply_required=False))
            self._begun = True
            try:
                return noted.done(await self._say_goodbye(context))
            except BaseException:
                self._begun = False
                raise

    async def _say_goodbye(self, context: RunContext[None]) -> Any:
        turn = context.speech_handle
        if self._written.on_interruption == "end" and not turn.interrupted:
            context.disallow_interruptions()
        await context.wait_for_playout()
        if turn.interrupted:
            return self._stay()
        if self._written.say is not None:
            speech = self._speak(context.session, self._written.say)
            heard = await heard_to_its_end(speech, context)
            return await self._hang_up(context) if self._may_end(context, heard) else self._stay()
        if _has_spoken(context):
            return await self._hang_up(context)  # with the words that it said beside the call
        instructions = self._call.values.told(self._written.instructions or INSTRUCTIONS)
        if _replies_by_itself(context.session):
            return await self._livekits(instructions)(context)
        turn.add_done_callback(lambda _: self._goodbye_over(context))
        return instructions

    def _speak(self, session: AgentSession[None], text: str) -> SpeechHandle:
        allow = False if self._written.on_interruption == "end" else NOT_GIVEN
        text = self._call.values.spoken(text)
        audio = self._written.audio
        return say(session, self._call.profile, text, audio, allow_interruptions=allow)

    def _goodbye_over(self, context: RunContext[None]) -> None:
        if not self._may_end(context, not context.speech_handle.interrupted):
            self._begun = False
            return
        task = asyncio.create_task(self._hang_up(context))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        context.session.shutdown()  # at once, so that text that waits is not answered first

    def _may_end(self, context: RunContext[None], heard: bool) -> bool:
        """Tell whether the call may end: the caller let the goodbye end, and types nothing."""
        if self._written.on_interruption == "end":
            return True
        session = context.session
        return heard and not (isinstance(session, ProfileSession) and session.has_text_waiting)

    def _stay(self) -> ToolResult:
        self._begun = False
        return ToolResult(STAYS, reply_required=False)

    async def _hang_up(self, context: RunContext[None]) -> ToolResult:
        self._call.ended_by = "end_call"
        await self._livekits(None)(context)
        return ToolResult("The call has ended.", reply_required=False)


def _has_spoken(context: RunContext[None]) -> bool:
    """Tell whether the LLM said something beside this call of the tool."""
    own = {item.id for item in context.speech_handle.chat_items}
    done = context.session.history.items
    told = (each for each in reversed(done) if each.type in ("message", "function_call_output"))
    last = next(told, None)
    return last is not None and last.id in own


def _replies_by_itself(session: AgentSession[None]) -> bool:
    """Tell whether a realtime model answers a tool in a turn that only LiveKit's tool awaits."""
    model = session.llm
    return isinstance(model, llm.RealtimeModel) and model.capabilities.auto_tool_reply_generation
