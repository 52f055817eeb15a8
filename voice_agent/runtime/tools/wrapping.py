"""A tool as LiveKit's function tool: what is checked before it works, and what the llm is told."""

from __future__ import annotations

import asyncio
import json
import logging
import time
from collections.abc import Awaitable, Callable, Iterable, Mapping
from typing import Any, Literal, TypeAlias

from livekit.agents import RunContext, ToolError, function_tool, llm
from livekit.agents.llm.tool_context import ToolFlag

from ...format.arguments import read_arguments
from ...format.tools import Field, Treatment
from ..agents import conditions
from ..agents.collecting import Collection, WentElsewhere, collect_for
from ..call_state import CallState
from . import results
from .confirmation import Confirmations
from .fillers import filling
from .outcome import Outcome
from .turns import RUNNING, Turns

logger = logging.getLogger(__name__)

Work: TypeAlias = Callable[[dict[str, Any], RunContext[None]], Awaitable[Outcome]]
"""What a tool does with arguments that fit. Its failures are outcomes, not exceptions."""


class Wrapped:
    """One tool in one call."""

    def __init__(
        self,
        seen: Mapping[str, Any],
        tool: Treatment,
        work: Work,
        call: CallState,
        turns: Turns,
        *,
        only_reads: bool,
        collect: Mapping[str, Field] | None = None,
    ) -> None:
        """Wrap `work`: `seen` is the function that the llm is offered, `tool` how it is treated.

        One that `only_reads` may be done twice, and given up. What it is to `collect` is asked of
        the caller before it works.
        """
        self._name: str = seen["name"]
        self._seen = dict(seen)
        self._tool = tool
        self._work = work
        self._call = call
        self._turns = turns
        self._only_reads = only_reads
        self._collect = collect or {}
        self._confirmations = Confirmations()
        self._batch: tuple[str, int] | None = None
        self._works: dict[str, asyncio.Task[Outcome]] = {}

    def as_livekits(self) -> llm.RawFunctionTool[..., Any]:
        """Return it as LiveKit has tools."""

        async def called(raw_arguments: dict[str, Any], context: RunContext[None]) -> Any:
            return await self._called(raw_arguments, context)

        mode = self._on_duplicate()
        return function_tool(
            called,
            raw_schema=self._seen,
            flags=ToolFlag.CANCELLABLE if mode == "replace" else ToolFlag.NONE,
            on_duplicate=mode,
            duplicate_scope="name_and_args",
        )

    def _on_duplicate(self) -> Literal["allow", "reject", "replace", "confirm"]:
        return self._tool.on_duplicate or ("allow" if self._only_reads else "reject")

    async def _called(self, given: dict[str, Any], context: RunContext[None]) -> llm.ToolResult:
        began = time.monotonic()
        self._call.note("tool_called", self._name, arguments=given)
        outcome, told = None, ""
        try:
            outcome = await self._outcome(given, context)
            results.save(self._tool, outcome, self._call.values)
            told = results.told(self._name, self._tool, outcome, self._call.values)
        except WentElsewhere as gone:
            told = str(gone)
            return llm.ToolResult(told, reply_required=False)
        except ToolError as refusal:
            told = refusal.message
        except Exception:
            logger.exception("%s failed by a mistake in this program", self._name)
            outcome, told = None, self._default()
        finally:
            failed = outcome is None or outcome.failure is not None
            self._call.note(
                "tool_ended",
                self._name,
                status="error" if failed else "done",
                told=told,
                seconds=round(time.monotonic() - began, 3),
                requests=list(outcome.requests if outcome else ()),
            )
        if outcome is None or failed:
            raise ToolError(told)
        handed_over = await conditions.after_tool(self._call, self._name, context.session)
        is_silent = self._tool.silent or outcome.answered or handed_over
        return llm.ToolResult(told, reply_required=not is_silent)

    async def _outcome(self, given: dict[str, Any], context: RunContext[None]) -> Outcome:
        """Return what comes of a call; raise ToolError where nothing is to be done."""
        arguments, wrong = read_arguments(self._seen["parameters"], given)
        if wrong:
            raise ToolError(f"Nothing was done. {' '.join(wrong)} Call it again with what fits.")
        self._refuse_without(name for name in self._tool.requires if name not in self._collect)
        if self._tool.confirm and (
            question := self._confirmations.question(arguments, context.session)
        ):
            raise ToolError(question)
        agent = context.session.current_agent
        collection = Collection(self._collect, agent, self._call, self._name)
        if collection.is_needed:
            async with self._turns.at_work(context, protected=self._is_protected()):
                await collect_for(collection, context)
            self._refuse_without(self._tool.requires)
        work = self._begun(arguments, context)
        if self._tool.background:
            await context.update(RUNNING, silent=self._tool.silent)
            async with filling(self._tool.filler, self._name, context, self._call):
                return await asyncio.shield(work)
        return await self._awaited(work, context)

    async def _awaited(self, work: asyncio.Task[Outcome], context: RunContext[None]) -> Outcome:
        try:
            async with (
                self._turns.at_work(context, protected=self._is_protected()),
                filling(self._tool.filler, self._name, context, self._call),
            ):
                return await self._turns.finished(
                    work,
                    context,
                    replies=not self._tool.silent,
                    is_needed=not self._only_reads,
                )
        except asyncio.CancelledError:
            # What has been sent is done in any case; what only asks is not needed any more.
            if self._only_reads:
                work.cancel()
            raise

    def _refuse_without(self, names: Iterable[str]) -> None:
        """Raise ToolError with what the llm is told where one of these has no value."""
        requires = {name: self._tool.requires[name] for name in names}
        if refusal := results.refusal(requires, self._call.values):
            raise ToolError(refusal)

    def _is_protected(self) -> bool:
        allows = self._tool.allow_interruptions
        return not (self._only_reads if allows is None else allows)

    def _begun(self, arguments: dict[str, Any], context: RunContext[None]) -> asyncio.Task[Outcome]:
        """Begin the work, or return that of the same call in the same batch.

        LiveKit rejects a second call only while the first one is at work, and a service may answer
        before the llm has written the second.
        """
        step = (context.speech_handle.id, context.speech_handle.num_steps)
        if step != self._batch:
            self._batch, self._works = step, {}
        written = json.dumps(arguments, sort_keys=True)
        if written in self._works and self._on_duplicate() != "allow":
            return self._works[written]
        work = asyncio.ensure_future(self._work(arguments, context))
        self._works[written] = work
        self._turns.keep(work)
        return work

    def _default(self) -> str:
        try:
            return results.of_failure(self._tool.on_error, "default", self._call.values)
        except Exception:
            # The text itself may be what cannot be told, with a variable that has no value.
            return results.FAILED
