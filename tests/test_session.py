"""How typed text and interruptions take their turns in a session, without audio or a network."""

from __future__ import annotations

import asyncio

import pytest
from livekit.agents import AgentSession, RunContext, function_tool, llm
from livekit.agents.testing import fake_job_context
from support.scripted_llm import ScriptedLLM, agent, collect_losses, conversation, session

from voice_agent.runtime.session import ProfileSession


def test_interrupting_is_livekits_own() -> None:
    assert ProfileSession.interrupt is AgentSession.interrupt


async def test_a_forced_interruption_does_not_wait_for_speech_that_callers_may_not_cut() -> None:
    model = ScriptedLLM("Never said.")
    model.may_speak.clear()
    with fake_job_context():
        async with session(model) as call:
            await call.start(agent(allow_interruptions=False))
            speech = call.generate_reply(user_input="Hello")
            await asyncio.wait_for(call.interrupt(force=True), 2)
            assert speech.interrupted
            assert conversation(call) == ["Hello"]


async def test_a_tool_may_await_the_forced_interruption_of_its_own_speech(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    # LiveKit gives the tool this long to end before it ends the speech all the same.
    monkeypatch.setattr("livekit.agents.voice.speech_handle.INTERRUPTION_TIMEOUT", 0.1)
    interrupted = asyncio.Event()

    @function_tool
    async def stop(context: RunContext[None]) -> None:
        """Stop talking."""
        pending = context.session.interrupt(force=True)
        assert context.speech_handle.interrupted
        await pending
        interrupted.set()

    model = ScriptedLLM(llm.FunctionToolCall(name="stop", arguments="{}", call_id="1"), "Done.")
    with fake_job_context():
        async with session(model) as call:
            await call.start(agent(allow_interruptions=False, tools=[stop]))
            call.generate_reply(user_input="Stop")
            await asyncio.wait_for(interrupted.wait(), 5)


async def test_text_that_is_given_up_as_its_turn_comes_leaves_the_turn_to_the_next() -> None:
    model = ScriptedLLM("One.", "Two.")
    model.may_speak.clear()
    with fake_job_context():
        async with session(model) as call:
            lost = collect_losses()
            await call.start(agent(allow_interruptions=False))
            speech = call.generate_reply(user_input="First")
            given_up = asyncio.create_task(call.wait_to_type())
            following = asyncio.create_task(call.answer("Second"))
            # In the very tick in which the wait of the one that is given up ends.
            speech.add_done_callback(lambda _: given_up.cancel())
            await asyncio.sleep(0)
            model.may_speak.set()
            await asyncio.wait_for(await asyncio.wait_for(following, 5), 5)
            assert given_up.cancelled()
            assert conversation(call) == ["First", "One.", "Second", "Two."]
            assert lost == []


async def test_typed_text_cuts_speech_that_may_be_cut_and_is_answered() -> None:
    model = ScriptedLLM("Two.")
    model.may_speak.clear()
    with fake_job_context():
        async with session(model) as call:
            await call.start(agent(allow_interruptions=True))
            cut = call.generate_reply(user_input="First")
            answer = await asyncio.wait_for(call.answer("Second"), 5)
            model.may_speak.set()
            await asyncio.wait_for(answer, 5)
            assert cut.interrupted
            assert conversation(call) == ["First", "Second", "Two."]


async def test_text_waits_for_speech_that_begins_while_it_cuts_another() -> None:
    model = ScriptedLLM("Promised.", "Two.")
    model.may_speak.clear()
    with fake_job_context():
        async with session(model) as call:
            await call.start(agent(allow_interruptions=True))
            cut = call.generate_reply(user_input="First")
            promised: list[asyncio.Future[object]] = []
            cut.add_done_callback(
                lambda _: promised.append(
                    call.generate_reply(user_input="Tool", allow_interruptions=False)  # type: ignore[arg-type]
                )
            )
            following = asyncio.create_task(call.answer("Second"))
            while not promised:
                await asyncio.sleep(0)
            model.may_speak.set()
            await asyncio.wait_for(await asyncio.wait_for(following, 5), 5)
            assert conversation(call) == ["First", "Tool", "Promised.", "Second", "Two."]
