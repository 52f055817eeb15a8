"""One agent of several, as LiveKit's agent."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from functools import partial
from typing import Any

from livekit.agents import (
    NOT_GIVEN,
    Agent,
    ModelSettings,
    StopResponse,
    llm,
)
from livekit.agents.llm.chat_context import Instructions
from livekit.agents.types import NotGivenOr
from livekit.agents.voice import SpeechHandle

from ...format.opening import Opening
from .. import told
from ..call_state import CallState
from ..livekit_internals import is_closing
from ..opening import begin
from ..saying import say
from ..tools import build_tools, offering
from . import chosen_calls, conditions, handing_over, menus, settings
from .collecting import collect
from .context import context_for
from .frontend import tell
from .heard import heard_in
from .holding import Change, Holding, holding_of


def menu_of(call: CallState, name: str) -> menus.MenuPlayer | None:
    """Return what plays the menu of one of the agents of a call; None where it has none."""
    menu = call.profile.agents[name].menu
    return menus.MenuPlayer(menu, call) if menu else None


def tools_of(
    call: CallState, name: str, menu: menus.MenuPlayer | None
) -> list[llm.Tool | llm.Toolset]:
    """Return what the llm is offered in one of the agents of a call, other than by MCP servers."""
    return [
        *build_tools(call, call.profile.tools_of(name)),
        *handing_over.build(call, name),
        *([menu.tool] if menu else ()),
    ]


class HoldingAgent(Agent):
    """An agent that holds a call after another, and until the next."""

    def __init__(self, call: CallState, name: str) -> None:
        self._call = call
        self._name = name
        self._part = call.profile.agents[name]
        self._holding: Holding = holding_of(call)
        self._first = told.instructions(call, name)
        self._menu = menu_of(call, name)
        self._all_tools = tools_of(call, name, self._menu)
        super().__init__(
            id=name,
            instructions=self._first,
            chat_ctx=told.earlier(call) if not self._holding.change.left else None,
            tools=offering.offered(call, self._all_tools),
            turn_handling=settings.turn_handling(call.profile, self._part),
            **settings.clients(call, name),
        )
        self._stop_following: Callable[[], None] = lambda: None
        self._saying: tuple[SpeechHandle, str] | None = None
        self.entered = asyncio.Event()
        """Set once it has begun."""

    @property
    def instructions(self) -> str | Instructions:
        """What the llm is told, with the values that variables have by now."""
        written = super().instructions
        # Whoever has replaced them since has the last word.
        return told.instructions(self._call, self._name) if written is self._first else written

    async def on_enter(self) -> None:
        """Take the call over, and begin as the profile says, or go on with the conversation."""
        holding = self._holding
        holding.at_rest.clear()
        try:
            await self._take_over()
        finally:
            holding.at_rest.set()
            self.entered.set()

    async def on_exit(self) -> None:
        """Stop what follows the call for this agent."""
        self._stop_following()
        if self._menu:
            self._menu.stop()

    async def on_user_turn_completed(
        self, turn_ctx: llm.ChatContext, new_message: llm.ChatMessage
    ) -> None:
        """Leave what the caller says to the next agent, once this one has handed over."""
        if self._holding.leaving.is_set():
            raise StopResponse

    def llm_node(
        self, chat_ctx: llm.ChatContext, tools: list[llm.Tool], model_settings: ModelSettings
    ) -> Any:
        """Return the call that a key has chosen, or ask the llm."""
        return chosen_calls.taken() or super().llm_node(chat_ctx, tools, model_settings)

    async def _take_over(self) -> None:
        holding, session = self._holding, self.session
        change = holding.enter()
        # The caller hears it while a summary is made.
        self._say(change)
        if holding.before is None:
            holding.attend(session)
        else:
            await self._recall(holding.before.chat_ctx)
        holding.settle(session)
        self._stop_following = offering.follow(self._call, self, self._all_tools)
        self._telling = asyncio.create_task(tell(self._call, self._name))
        if not await conditions.by_variable(self._call, session):
            await self._begin(change)

    def _say(self, change: Change) -> None:
        if change.handoff and change.handoff.say is not None:
            said = self._call.values.spoken(change.handoff.say)
            speech = say(self.session, self._call.profile, said, change.handoff.audio)
            self._saying = speech, said

    def _reply(self, heard: str = "") -> None:
        """Go on, as one who knows of the sentence that is still being said."""
        known: NotGivenOr[llm.ChatContext] = NOT_GIVEN
        if self._saying and not self._saying[0].done():
            known = self.chat_ctx.copy()
            known.add_message(role="assistant", content=self._saying[1])
        self.session.generate_reply(user_input=heard or NOT_GIVEN, chat_ctx=known)

    async def _recall(self, before: llm.ChatContext) -> None:
        """Learn what was said before, as far as the profile has this agent know it."""
        known = await context_for(self._part.chat_ctx, before, self.session)
        known.merge(self.chat_ctx, exclude_instructions=True, exclude_config_update=True)
        await self.update_chat_ctx(known, exclude_invalid_function_calls=False)

    async def _begin(self, change: Change) -> None:
        session = self.session
        opening = self._opening(change)
        if opening:
            begin(session, self._call, opening)
        if self._part.collect:
            self.entered.set()
            await self._collect()
            return
        heard = heard_in(self._call).take()
        if self._menu:
            self._menu.start(session, says=not heard)
        if heard:
            self._reply(heard)
        elif change.left and not (opening or self._menu):
            self._reply()

    def _opening(self, change: Change) -> Opening | None:
        own = self._part.on_enter
        if not change.left:
            return own or self._call.profile.on_enter
        return own if own and (own.every or self._holding.is_first_entry) else None

    async def _collect(self) -> None:
        session, then = self.session, partial(conditions.by_variable, self._call, self.session)
        if await collect(self._part.collect, self, self._call, then):
            await conditions.by_collection(self._call, session)
        if self._holding.leaving.is_set() or is_closing(session):
            return
        if self._menu:
            self._menu.start(session)
        else:
            session.generate_reply()


def first_agent(call: CallState) -> HoldingAgent:
    """Return the agent that takes a call, of several; it hands over to the others by itself."""
    holding_of(call).begin(partial(HoldingAgent, call))
    return HoldingAgent(call, next(iter(call.profile.agents)))
