"""The keys of the caller's telephone, as those press them who have none."""

from __future__ import annotations

import asyncio

import pytest
from livekit import rtc
from livekit.agents import Agent, get_job_context
from livekit.agents.beta.workflows import GetDtmfTask
from support.profiles import make_profile
from support.scripted_llm import ScriptedLLM, session

from voice_agent.runtime.agents.keys import are_heard, press
from voice_agent.runtime.call_state import CallState
from voice_agent.runtime.livekit_internals import outside_a_job


class Asking(Agent):
    """Asks for two digits, with LiveKit's own task."""

    def __init__(self) -> None:
        super().__init__(instructions="Be brief.")
        self.digits: asyncio.Future[str] = asyncio.get_running_loop().create_future()

    async def on_enter(self) -> None:
        result = await GetDtmfTask(num_digits=2)
        self.digits.set_result(result.user_input)


async def test_what_is_pressed_reaches_livekits_task_for_digits() -> None:
    call = CallState(make_profile())
    async with outside_a_job(), session(ScriptedLLM("Which two?")) as made:
        agent = Asking()
        asked = asyncio.Event()
        made.on("agent_state_changed", lambda e: e.new_state == "speaking" and asked.set())
        starting = asyncio.create_task(made.start(agent))
        await asyncio.wait_for(asked.wait(), 10)
        assert are_heard(call, made)
        for digit in "12#":
            await press(call, digit)
        assert await asyncio.wait_for(agent.digits, 10) == "1 2"
        await starting
        assert not are_heard(call, made)


async def test_what_is_pressed_looks_as_from_a_telephone_in_the_room() -> None:
    async with outside_a_job():
        seen: list[rtc.SipDTMF] = []
        get_job_context().room.on("sip_dtmf_received", seen.append)
        await press(None, "#")
        await press(None, "A")
        assert seen == [rtc.SipDTMF(code=11, digit="#"), rtc.SipDTMF(code=12, digit="A")]
        with pytest.raises(ValueError, match="E"):
            await press(None, "E")
