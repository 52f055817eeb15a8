"""One thing after the other asked of the caller, who may go back, refuse, or go elsewhere."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import AsyncExitStack, contextmanager
from typing import Any
from weakref import WeakKeyDictionary

from livekit.agents import Agent, AgentSession, AgentTask, ToolError, llm
from livekit.agents.beta.workflows.credit_card import CardCollectionRestartError

from ....format.tools import Field
from ....format.variable_types import Unfit
from ...call_state import CallState
from ...livekit_internals import instruct, is_closing, take_turns_as
from ...redaction import REDACTED
from ..heard import (
    add_heard,
    finish_opening,
    hold_text_around,
    holding_text_for_keys,
    take_text_again,
)
from .going_back import Back, going_back
from .in_private import in_private
from .steps import Step, steps_of
from .telling import instructed, outcome

_KEYED_WRONG = 3
"""How often a caller may press too few or too many keys before the field counts as refused."""


async def collect(
    fields: Mapping[str, Field],
    agent: Agent,
    call: CallState,
    then: Callable[[], Awaitable[object]] | None = None,
) -> bool:
    """Ask the caller for those of the fields that have no value; tell whether the required have.

    To be awaited in the `on_enter` of `agent`, whose tools stay available. Each time that a field
    has been collected, `then` is awaited, which may make the call go on elsewhere. Nobody speaks
    after it by itself.
    """
    return await Collection(fields, agent, call, then=then).run()


def leave(call: CallState) -> None:
    """Ask no more, as the call goes on elsewhere; what was collected is kept. See `over`."""
    running = _running_in(call)
    for each in running.collections:
        each.is_left = True
    if running.collections:
        running.collections[-1].stop()


async def over(call: CallState) -> None:
    """Wait until nothing is asked any more, and the agent that collects has the call back."""
    await _running_in(call).is_over.wait()


class _Left(Exception):
    """The call goes on elsewhere."""


class _Running:
    """What is being collected in a call; the last is asked for now, for a tool of the one before.

    `is_over` is set while nothing is.
    """

    def __init__(self) -> None:
        self.collections: list[Collection] = []
        self.is_over = asyncio.Event()
        self.is_over.set()


_of_calls: WeakKeyDictionary[CallState, _Running] = WeakKeyDictionary()


def _running_in(call: CallState) -> _Running:
    return _of_calls.setdefault(call, _Running())


class Collection:
    """What one agent collects, or one of its tools.

    `refused` has the reasons by field, and `is_left` whether the call went on elsewhere meanwhile.
    """

    def __init__(
        self,
        fields: Mapping[str, Field],
        agent: Agent,
        call: CallState,
        tool: str | None = None,
        then: Callable[[], Awaitable[object]] | None = None,
    ) -> None:
        self._fields = fields
        self._agent = agent
        self._call = call
        self._tool = tool
        self._then = then
        self._steps = {
            step.name: step
            for name, field in fields.items()
            for step in steps_of(name, field, call)
        }
        self._session: AgentSession[Any]
        self._task: AgentTask[Any] | None = None
        self.refused: dict[str, str] = {}
        self.is_left = False

    @property
    def is_needed(self) -> bool:
        """Whether there is something to ask for."""
        return bool(self._missing())

    async def run(self) -> bool:
        """Ask one after the other; see `collect`."""
        if self.is_needed:
            self._session = self._agent.session  # which it has not once the call has ended
            with self._at_work():
                await self._ask_all()
                await self._tell_agent()
        missing = self._missing()
        return not self.is_left and all(self._fields[each].optional for each in missing)

    def stop(self) -> None:
        """Stop asking, as the call goes on elsewhere."""
        if self._task and not self._task.done():
            self._task.complete(_Left())

    @contextmanager
    def _at_work(self) -> Iterator[None]:
        running = _running_in(self._call)
        running.collections.append(self)
        running.is_over.clear()
        try:
            yield
        finally:
            running.collections.remove(self)
            take_text_again(self._session)
            if not running.collections:
                running.is_over.set()
            elif self.is_left:
                running.collections[-1].stop()

    async def _ask_all(self) -> None:
        values = self._call.values
        if self._tool is None:  # What an agent opens with is known to the llm once it is said.
            await finish_opening(self._session)
        waiting = [each for each in self._steps.values() if not each.is_known(values)]
        while waiting and not self.is_left:
            step = waiting.pop(0)
            try:
                await self._keep(step, await self._ask(step), waiting)
            except _Left:
                return
            except Back as back:
                named = [self._steps[each] for each in back.names]
                waiting = [*named, step, *(each for each in waiting if each not in named)]
            except CardCollectionRestartError:
                own = [each for each in self._steps.values() if each.field == step.field]
                waiting = [*own, *(each for each in waiting if each not in own)]
            except ToolError as why:
                if is_closing(self._session):
                    return
                self._refuse(step.field, why.message)
                if not self._fields[step.field].optional:
                    return
                waiting = [each for each in waiting if each.field != step.field]

    async def _ask(self, step: Step) -> Any:
        field = self._fields[step.field]
        told = str(field.options.get("extra_instructions", ""))
        told = told and self._call.values.told(told)
        for _ in range(_KEYED_WRONG - 1 if field.task == "dtmf" else 0):
            try:
                return await self._ask_once(step, told)
            except ToolError as why:
                if self.is_left or is_closing(self._session):
                    raise
                told = f"{told}\nSay that it was not right, and ask again. {why.message}".strip()
        return await self._ask_once(step, told)

    async def _ask_once(self, step: Step, told: str) -> Any:
        field, agent = self._fields[step.field], self._agent
        task = self._task = step.make(told)
        take_turns_as(task, agent, field.options.get("allow_interruptions"))
        task.update_options(stt=agent.stt, vad=agent.vad, llm=agent.llm, tts=agent.tts)
        instruct(task, instructed(task, self._call))
        await task.update_tools([*task.tools, *self._others(task, step)])
        await add_heard(self._call, agent)
        await task.update_chat_ctx(agent.chat_ctx.copy())
        if self.is_left:
            raise _Left
        hold_text_around(task, self._session)
        async with AsyncExitStack() as around:
            # LiveKit's own task takes the digits, or gives up, after a time without another key.
            if field.task == "dtmf" and not field.options.get("ask_for_confirmation"):
                around.enter_context(holding_text_for_keys(self._call, self._session))
            if field.is_redacted:
                await around.enter_async_context(in_private(self._call, self._session))
            return await task

    def _others(self, task: AgentTask[Any], step: Step) -> list[llm.Tool]:
        """Return the tools that the llm has beside those of the task."""
        # The toolsets themselves would be closed with the task.
        tools = llm.ToolContext(self._agent.tools).flatten()
        taken = {*(each.id for each in task.tools), self._tool}
        earlier = [
            each
            for each in self._steps.values()
            if each is not step and each.is_known(self._call.values)
        ]
        back = [going_back(task, earlier)] if earlier else []
        return [*(each for each in tools if each.id not in taken), *back]

    async def _keep(self, step: Step, result: Any, waiting: Sequence[Step]) -> None:
        try:
            for name, value in step.read(result).items():
                self._call.values.save(name, value)
        except Unfit as why:
            raise ToolError(f"{step.field} {why}") from None
        self.refused.pop(step.field, None)
        if not any(each.field == step.field for each in waiting):
            self._call.note("field_collected", step.field, value=self._value(step.field))
            if self._then:
                await self._then()

    def _refuse(self, field: str, reason: str) -> None:
        self.refused[field] = reason
        self._call.note("field_refused", field, reason=reason)

    def _value(self, field: str) -> Any:
        if self._fields[field].is_redacted:
            return REDACTED
        return self._call.values.get(field)

    def _missing(self) -> list[str]:
        values = self._call.values
        unknown = (each.field for each in self._steps.values() if not each.is_known(values))
        return [*dict.fromkeys(unknown)]

    async def _tell_agent(self) -> None:
        """Tell the llm of the agent what came of it, as LiveKit drops the calls of the tasks."""
        session = self._session
        if self.is_left or is_closing(session) or session.current_agent is not self._agent:
            return
        missing = self._missing()
        names = [each for each in self._fields if each not in missing]
        known = [each for each in names if not self._fields[each].is_redacted]
        context = self._agent.chat_ctx.copy()
        text = outcome(known, names, self.refused, self._call.values)
        context.add_message(role="system", content=text)
        await self._agent.update_chat_ctx(context)
