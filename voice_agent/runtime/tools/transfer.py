"""The tool `transfer_call`: puts the caller through to a destination that the profile declares.

The LLM chooses a name, and never a number.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import aiohttp
from livekit.agents import RunContext, ToolResult, function_tool, llm

from ...format.tools import Destination, TransferCall
from ..call_state import CallState
from ..saying import say
from . import telephone
from .noted import Noted
from .putting_through import Outcome, refer, through_agent

NAME = "transfer_call"
DESCRIPTION = (
    "Puts the caller through to one of these destinations. What is said before it is said by "
    "itself, so say nothing beside this call."
)
FAILED = "Nobody could be reached. Say so, and offer something else."
"""What the LLM is told where the profile has no `on_failure`."""
_SPOKE = "Nothing was done, because the caller spoke. Answer them, and call this again if need be."
_RUNNING = "The caller is already being put through."


def build(call: CallState, written: TransferCall) -> llm.Tool:
    """Return the tool by which the agent of this call puts the caller through."""
    transfer = _Transfer(call, written)
    schema = {
        "name": NAME,
        "description": "\n".join(filter(None, [DESCRIPTION, written.description])),
        "parameters": {
            "type": "object",
            "properties": {"destination": _choice(written)},
            "required": ["destination"],
            "additionalProperties": False,
        },
    }

    async def transfer_call(raw_arguments: dict[str, object], context: RunContext[None]) -> Any:
        return await transfer.run(str(raw_arguments.get("destination")), context)

    return function_tool(transfer_call, raw_schema=schema)


def _choice(written: TransferCall) -> dict[str, Any]:
    whens = [f"{name}: {each.when}" for name, each in written.destinations.items()]
    return {"type": "string", "enum": [*written.destinations], "description": "\n".join(whens)}


@dataclass
class _Transfer:
    """How the caller of one call is put through, to one destination at a time."""

    call: CallState
    written: TransferCall
    running: bool = False

    async def run(self, name: str, context: RunContext[None]) -> Any:
        """Put the caller through to the destination of this name; return what the LLM is told."""
        with Noted(self.call, NAME, destination=name) as noted:
            if name not in self.written.destinations:
                names = ", ".join(self.written.destinations)
                return noted.failed(f"There is no such destination. There are: {names}.")
            if self.running:
                return noted.done(ToolResult(_RUNNING, reply_required=False))
            if context.speech_handle.interrupted:
                return noted.failed(ToolResult(_SPOKE, reply_required=False))
            self.running = True
            allowed = context.speech_handle.allow_interruptions
            context.disallow_interruptions()
            try:
                outcome = await self._put_through(name, context)
                if outcome.reached:
                    leaves = self.written.destinations[name].mode == "cold"
                    return noted.done(self._over(context, leaves=leaves))
                return noted.failed(self.call.values.told(self.written.on_failure or FAILED))
            finally:
                if allowed:  # What the LLM says to a failure may be cut in on again.
                    context.speech_handle.allow_interruptions = True
                self.running = False

    async def _put_through(self, name: str, context: RunContext[None]) -> Outcome:
        destination = self.written.destinations[name]
        to, mode = destination.transfer_to, destination.mode
        pretended = telephone.in_room(self.call) is None
        details = {"destination": name, "transfer_to": to, "mode": mode, "pretended": pretended}
        self.call.note("transfer_started", NAME, **details)
        await context.wait_for_playout()
        await self._announce(context)
        outcome = await self._dial(name, destination, context)
        self.call.note(
            "transfer_ended", NAME, **details, outcome=outcome.name, reason=outcome.reason
        )
        return outcome

    async def _announce(self, context: RunContext[None]) -> None:
        session, written = context.session, self.written
        if written.say is not None:
            text = self.call.values.spoken(written.say)
            speech = say(session, self.call.profile, text, written.audio, allow_interruptions=False)
        elif written.instructions is not None:
            instructions = self.call.values.told(written.instructions)
            speech = session.generate_reply(instructions=instructions, allow_interruptions=False)
        else:
            return
        await speech.wait_for_playout()

    async def _dial(
        self, name: str, destination: Destination, context: RunContext[None]
    ) -> Outcome:
        job = telephone.in_room(self.call)
        if job is None:
            try:
                return Outcome(await telephone.dial(name, destination.transfer_to))
            except aiohttp.ClientError as error:
                return Outcome("failed", str(error))
        if destination.mode == "warm":
            return await through_agent(self.call, destination, context)
        return await refer(job, destination, play_dialtone=self.written.play_dialtone)

    def _over(self, context: RunContext[None], *, leaves: bool) -> ToolResult:
        """End the session, as the caller is no longer the agent's; have it leave the room as well.

        After a warm transfer it stays there in silence, as LiveKit's task deletes the room once
        the caller or the other side has left.
        """
        self.call.ended_by = NAME
        job = telephone.in_room(self.call)
        if job and leaves:
            context.session.once("close", lambda _: job.shutdown(reason=NAME))
        context.session.shutdown(drain=False)
        return ToolResult("The caller was put through.", reply_required=False)
