"""Menus for the keys of a telephone, and for callers who say what they would press."""

from __future__ import annotations

import asyncio
import json
import logging
from typing import Any, cast

from livekit.agents import (
    AgentSession,
    ConversationItemAddedEvent,
    RunContext,
    ToolError,
    UserStateChangedEvent,
    function_tool,
    llm,
)
from livekit.agents.voice import SpeechHandle

from ...format.agents import BACK, Key, Menu
from ...format.arguments import read_arguments
from ...format.menus import KEY, llm_sees, menu_at, written
from ..call_state import CallState
from ..livekit_internals import becomes_idle, is_closing
from ..saying import has_voice, say
from ..session import ProfileSession
from ..tools.results import FAILED
from ..variables import NoValue
from .chosen_calls import call_tool
from .holding import holding_of
from .keys import keys_of, room_of

logger = logging.getLogger(__name__)

UNANSWERED = (
    "The caller has heard the menu, and has neither pressed a key nor said anything. "
    "Ask in a sentence what they would like."
)
"""What the llm is told once the menu is not said again any more."""
_DONE = "It is done, and the caller hears what comes of it. Say nothing more."
_SPOKEN_OVER = "Nothing was done, because the caller spoke. Answer them."


class MenuPlayer:
    """The menu of an agent: says it, and does what its keys say, for as long as the agent holds.

    A key cuts what the menu says, even where callers may not cut in by voice, and all else that
    may be cut; after what may not be cut, its turn comes. One that the menu does not have makes it
    say again what it offers, once the agent is silent.
    """

    def __init__(self, menu: Menu, call: CallState) -> None:
        self._menu = menu
        self._call = call
        self._keys = keys_of(call)
        self._path: tuple[str, ...] = ()
        self._spoken: set[SpeechHandle] = set()
        self._latest: SpeechHandle | None = None
        self._repeated = 0
        self._is_awaited = False
        self._stirred = asyncio.Event()
        self._over = asyncio.Event()
        self._playing: asyncio.Task[None] | None = None
        seen = llm_sees(menu)

        async def choose(raw_arguments: dict[str, Any], context: RunContext[None]) -> Any:
            return await self._choose(seen["parameters"], raw_arguments, context)

        self.tool: llm.Tool = function_tool(choose, raw_schema=seen)
        """The tool by which the llm does what a key does."""

    def start(self, session: AgentSession[None], *, says: bool = True) -> None:
        """Say what the menu offers, unless the agent answers the caller first, and take keys."""
        self._session = cast(ProfileSession, session)
        self._path, self._latest = (), None
        self._over.clear()
        self._agent = self._call.agent or ""
        self._keys.listen(session, room_of(self._call))
        session.on("conversation_item_added", self._said)
        session.on("user_state_changed", self._speaks)
        session.on("speech_created", self._stir)
        if says and not self._keys.are_waiting:
            self._offer()
        self._playing = asyncio.create_task(self._play(), name="menu")

    def stop(self) -> None:
        """Take no more keys, and say no more; what was begun is finished."""
        if self._playing is None:
            return
        self._over.set()
        self._session.off("conversation_item_added", self._said)
        self._session.off("user_state_changed", self._speaks)
        self._session.off("speech_created", self._stir)

    def _holds(self) -> bool:
        return self._call.agent == self._agent

    @property
    def _current(self) -> Menu:
        return menu_at(self._menu, self._path)

    async def _play(self) -> None:
        while not self._over.is_set():
            pressed = await self._next()
            if pressed is not None:
                try:
                    await self._press(pressed)
                except Exception:
                    logger.exception("the key %s failed", pressed)
                finally:
                    self._keys.done()
            elif self._is_awaited and not self._over.is_set():
                self._insist()

    async def _next(self) -> str | None:
        """Return the next key; None once the caller was silent for too long, or all is over."""
        pressed = asyncio.create_task(self._keys.next(self._holds))
        others = [asyncio.create_task(each) for each in (self._silence(), self._over.wait())]
        try:
            await asyncio.wait([pressed, *others], return_when=asyncio.FIRST_COMPLETED)
            return pressed.result() if pressed.done() else None
        finally:
            for each in (pressed, *others):
                each.cancel()
            await asyncio.gather(pressed, *others, return_exceptions=True)

    async def _silence(self) -> None:
        """Return once nobody has said or pressed anything for as long as the menu waits."""
        while True:
            self._stirred.clear()
            if self._latest:
                await self._latest.wait_for_playout()
            if not (await becomes_idle(self._session) and self._is_awaited):
                await self._stirred.wait()
                continue
            self._stirred.clear()
            try:
                await asyncio.wait_for(self._stirred.wait(), self._current.timeout)
            except asyncio.TimeoutError:
                return

    def _stir(self, _: object = None) -> None:
        self._stirred.set()

    def _speaks(self, event: UserStateChangedEvent) -> None:
        if event.new_state == "speaking":
            self._stirred.set()

    def _said(self, event: ConversationItemAddedEvent) -> None:
        if isinstance(event.item, llm.ChatMessage) and event.item.role == "user":
            self._is_awaited = False  # The llm answers, and asks on.
            self._stirred.set()

    def _insist(self) -> None:
        if self._repeated < self._current.repeats:
            self._repeated += 1
            self._offer()
        else:
            self._is_awaited = False
            self._session.generate_reply(instructions=UNANSWERED)

    async def _press(self, digit: str) -> None:
        if is_closing(self._session):
            return
        key = self._current.keys.get(digit)
        path = (*self._path, digit)
        self._note(path, key, by="caller")
        if key is None:
            if self._session.current_speech is None or self._latest is None:
                self._offer()
            return
        holding_of(self._call).caller_acted()
        self._cut()
        if not self._is_way_on(key, path):
            self._do(key, path)
        elif refused := await self._go_on(key):
            self._session.generate_reply(instructions=refused)

    def _note(self, path: tuple[str, ...], key: Key | None, by: str) -> None:
        details = {"agent": self._agent, "by": by, "known": key is not None}
        self._call.note("key_pressed", written(path), **details)

    def _cut(self) -> None:
        for each in list(self._spoken):
            each.interrupt(force=True)
        self._session.cut_off()

    def _is_way_on(self, key: Key, path: tuple[str, ...]) -> bool:
        """Tell whether a key leads to another agent, if there is one to go back to."""
        to_caller = key.handoff == BACK or (key.action == "back" and len(path) == 1)
        if to_caller and holding_of(self._call).came_from is None:
            return False
        return to_caller or key.handoff is not None

    async def _go_on(self, key: Key) -> str | None:
        """Hand the call on, and return None; or return why that is refused."""
        to = key.handoff or BACK
        refused: str | None = await holding_of(self._call).hand_over(to, "menu", self._session)
        if refused is None:
            self._over.set()  # What is pressed now is for the next agent.
        return refused

    def _do(self, key: Key, path: tuple[str, ...]) -> None:
        """Do what a key does within this agent."""
        self._repeated = 0
        if key.say is not None:
            self._say(key.say)
        elif key.tool is not None:
            self._begin(self._call_tool(key.tool, key.parameters))
        else:
            above = path[:-1]
            self._path = path if key.menu else above[:-1] if key.action == "back" else above
            self._offer()

    def _call_tool(self, tool: str, values: Any) -> SpeechHandle:
        try:
            arguments = self._call.values.render(values)
        except NoValue as why:
            logger.warning("%s was not called for a key: %s", tool, why)
            return self._session.generate_reply(instructions=FAILED)
        return call_tool(self._session, tool, arguments)

    def _offer(self) -> None:
        """Say what the keys of the menu are that the caller is in."""
        menu = self._current
        if menu.say is not None:
            self._say(menu.say, menu.audio)
            return
        told = self._call.values.told(menu.instructions or "")
        self._begin(self._session.generate_reply(instructions=told), cuttable=True)

    def _say(self, text: str, audio: str | None = None) -> None:
        spoken = self._call.values.spoken(text)
        if audio or has_voice(self._session):
            speech = say(self._session, self._call.profile, spoken, audio)
        else:
            speech = self._session.generate_reply(instructions=_exactly(spoken))
        self._begin(speech, cuttable=True)

    def _begin(self, speech: SpeechHandle, *, cuttable: bool = False) -> None:
        """Wait for keys again once this was said; any key cuts what is the menu's own."""
        self._is_awaited = True
        self._latest = speech
        self._stirred.set()
        if cuttable:
            self._spoken.add(speech)
            speech.add_done_callback(self._spoken.discard)

    async def _choose(
        self, schema: dict[str, Any], given: dict[str, Any], context: RunContext[None]
    ) -> llm.ToolResult:
        """Do what a key does, for a caller who has said it."""
        arguments, wrong = read_arguments(schema, given)
        if wrong:
            raise ToolError(" ".join(wrong))
        path = tuple(str(arguments[KEY]).split("."))
        key = menu_at(self._menu, path[:-1]).keys[path[-1]]
        self._note(path, key, by="llm")
        if self._is_way_on(key, path):
            if refused := await self._go_on(key):
                raise ToolError(refused)
            return llm.ToolResult(_DONE, reply_required=False)
        # What the llm said with the call is heard first.
        await context.wait_for_playout()
        if context.speech_handle.interrupted:
            raise ToolError(_SPOKEN_OVER)
        self._do(key, path)
        return llm.ToolResult(_DONE, reply_required=False)


def _exactly(text: str) -> str:
    """Return what a realtime model is told that can only be asked to say something."""
    quoted = json.dumps(text, ensure_ascii=False)
    return f"Say this to the caller word for word, and nothing else: {quoted}"
