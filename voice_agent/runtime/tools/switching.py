"""Tools that change the models and the instructions in the middle of a call."""

from __future__ import annotations

from typing import Any, TypedDict

from livekit.agents import AgentSession, RunContext, llm, stt, tts
from livekit.agents.llm.chat_context import Instructions

from ...format.models import Models
from ...format.tool_schema import CHOICE
from ...format.tools import Choice, Tool
from .. import models, told
from ..call_state import CallState
from ..saying import has_voice, say
from .outcome import Outcome


class _Clients(TypedDict, total=False):
    stt: stt.STT[Any] | None
    llm: models.Llm | None
    tts: tts.TTS[Any] | None


class Switch:
    """What one tool switches between, in one call."""

    def __init__(self, name: str, tool: Tool, call: CallState) -> None:
        self._name = name
        self._call = call
        self._choices = tool.switch
        self._made: dict[str, _Clients] = {}

    async def work(self, arguments: dict[str, Any], context: RunContext[None]) -> Outcome:
        """Switch to what the llm has chosen, once the sentence said with the call has ended.

        A model or text that the choice does not have is the profile's own again, if another
        choice of the tool has one.
        """
        await context.wait_for_playout()
        name, session = arguments[CHOICE], context.session
        choice = self._choices[name]
        if name not in self._made:
            self._made[name] = self._clients(choice, session)
        session.current_agent.update_options(**self._made[name])
        if any(each.instructions for each in self._choices.values()):
            text = choice.instructions and self._call.values.told(choice.instructions)
            await self._tell(text, session)
        if choice.say is None or not (choice.audio or has_voice(session)):
            return Outcome(text=f"It is {name} now. Go on with the conversation.")
        say(session, self._call.profile, self._call.values.spoken(choice.say), choice.audio)
        return Outcome(text=f"It is {name} now, and you have said so.", answered=True)

    async def _tell(self, text: str | None, session: AgentSession[None]) -> None:
        """Have the llm be told a text beside its instructions, in place of this tool's last."""
        self._call.additions.pop(self._name, None)
        if text is not None:
            self._call.additions[self._name] = text
        # Others are told at every turn what the agent's instructions are by then.
        if isinstance(session.llm, llm.RealtimeModel):
            now = told.instructions(self._call)
            written = now.render(modality="audio") if isinstance(now, Instructions) else now
            await session.current_agent.update_instructions(written)

    def _clients(self, choice: Choice, session: AgentSession[None]) -> _Clients:
        made, others = _Clients(), self._choices.values()
        fill = self._call.values.render_open
        if choice.stt:
            made["stt"] = models.hearing(Models((choice.stt,)), session.vad, fill)
        elif any(each.stt for each in others):
            made["stt"] = session.stt
        if choice.llm:
            made["llm"] = models.thinking(Models((choice.llm,)), fill)
        elif any(each.llm for each in others):
            made["llm"] = session.llm
        if choice.tts:
            made["tts"] = models.speaking(Models((choice.tts,)), fill)
        elif any(each.tts for each in others):
            made["tts"] = session.tts
        own = (session.stt, session.llm, session.tts)
        models.keep(session, *(each for each in made.values() if each not in own))
        return made
