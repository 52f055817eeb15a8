"""How an agent hangs up: once, after its goodbye, and not against a caller who has more to say."""

from __future__ import annotations

import asyncio
import inspect
from typing import Any

import pytest
from livekit.agents.beta.tools import EndCallTool
from support.clients import until
from support.profiles import make_profile
from support.scripted_llm import ScriptedLLM, session
from support.telephone import Room, Talk, talking, tool

from voice_agent import Profile
from voice_agent.runtime import build
from voice_agent.runtime.session import CutOff
from voice_agent.runtime.text_call import Event, ToolActed, text_call
from voice_agent.runtime.tools import end_call

GOODBYE = "Thank you for calling. Goodbye."


def profile(**keys: Any) -> Profile:
    """Return a profile whose agent may hang up."""
    above = {name: keys.pop(name) for name in ("allow_interruptions",) if name in keys}
    return make_profile(tools={"end_call": keys or None}, **above)


async def test_the_words_of_the_profile_are_said_once_and_then_the_call_is_over() -> None:
    async with talking(profile(say=GOODBYE), tool("end_call")) as talk:
        await talk.session.answer("That was all.")
        await asyncio.wait_for(talk.ended(), 10)
        assert talk.said == [GOODBYE]
        assert len(talk.model.asked) == 1
        assert talk.call.ended_by == "end_call"


async def test_the_llm_finds_its_own_words_where_the_profile_tells_it_how() -> None:
    replies = tool("end_call"), "Have a good day."
    async with talking(profile(instructions="Wish a good day."), *replies) as talk:
        await talk.session.answer("That was all.")
        await asyncio.wait_for(talk.ended(), 10)
        assert talk.told("end_call") == ["Wish a good day."]
        assert talk.said == ["Have a good day."]


async def test_without_a_word_about_it_the_llm_is_told_what_livekit_tells_it() -> None:
    livekits = inspect.signature(EndCallTool.__init__).parameters["end_instructions"].default
    async with talking(profile(), tool("end_call"), "Goodbye.") as talk:
        await talk.session.answer("That was all.")
        await asyncio.wait_for(talk.ended(), 10)
        assert talk.told("end_call") == [livekits]


async def test_what_the_llm_said_beside_the_call_is_its_goodbye() -> None:
    async with talking(profile(), [GOODBYE, tool("end_call")]) as talk:
        await talk.session.answer("That was all.")
        await asyncio.wait_for(talk.ended(), 10)
        assert talk.said == [GOODBYE]
        assert len(talk.model.asked) == 1


@pytest.mark.parametrize("keys", [{"say": GOODBYE}, {}])
async def test_called_twice_at_once_it_says_goodbye_once(keys: dict[str, str]) -> None:
    batch = [tool("end_call"), tool("end_call")]
    async with talking(profile(**keys), batch, GOODBYE) as talk:
        await talk.session.answer("That was all.")
        await asyncio.wait_for(talk.ended(), 10)
        assert talk.said == [GOODBYE]


async def test_called_again_in_place_of_a_goodbye_it_ends_the_call() -> None:
    async with talking(profile(), tool("end_call"), tool("end_call")) as talk:
        await talk.session.answer("That was all.")
        await asyncio.wait_for(talk.ended(), 10)
        assert talk.said == []


@pytest.mark.parametrize("keys", [{"say": GOODBYE}, {"instructions": "Say goodbye."}])
async def test_a_caller_who_speaks_into_the_goodbye_keeps_the_call(keys: dict[str, str]) -> None:
    goodbye = [] if "say" in keys else [GOODBYE]
    replies = [tool("end_call"), *goodbye, "I am still here.", tool("end_call"), *goodbye]
    async with talking(profile(**keys), *replies, held=GOODBYE) as talk:
        await talk.session.answer("That was all.")
        await asyncio.wait_for(talk.ear.begun.wait(), 10)
        await talk.hear("Wait!")
        assert talk.said[-1] == "I am still here."
        assert not talk.closed
        talk.ear.held = ""
        await talk.session.answer("Now it was all.")
        await asyncio.wait_for(talk.ended(), 10)
        assert talk.said[-1] == GOODBYE


@pytest.mark.parametrize("keys", [{"say": GOODBYE}, {"instructions": "Say goodbye."}])
async def test_a_goodbye_that_is_cut_without_a_word_ends_nothing(keys: dict[str, str]) -> None:
    replies = [tool("end_call"), *([] if "say" in keys else [GOODBYE])]
    async with talking(profile(**keys), *replies, held=GOODBYE) as talk:
        await talk.session.answer("That was all.")
        await asyncio.wait_for(talk.ear.begun.wait(), 10)
        assert talk.session.cut_off() is CutOff.DONE
        await talk.quiet()
        assert talk.cut == [GOODBYE]
        assert not talk.closed
        assert talk.call.ended_by is None


async def test_the_llm_learns_that_the_call_goes_on() -> None:
    replies = tool("end_call"), "I am still here."
    async with talking(profile(say=GOODBYE), *replies, held=GOODBYE) as talk:
        await talk.session.answer("That was all.")
        await asyncio.wait_for(talk.ear.begun.wait(), 10)
        await talk.hear("Wait!")
        assert end_call.STAYS in str(talk.model.asked[-1])
        assert talk.noted("tool_ended")[0]["told"] == end_call.STAYS


async def _speak_into(talk: Talk) -> asyncio.Task[Any]:
    """Have the caller type into the goodbye, which may not be cut, and let it end."""
    await talk.session.answer("That was all.")
    await asyncio.wait_for(talk.ear.begun.wait(), 10)
    typed = asyncio.ensure_future(talk.session.answer("Wait!"))
    await asyncio.sleep(0.05)
    talk.ear.go.set()
    return typed


@pytest.mark.parametrize("keys", [{"say": GOODBYE}, {"instructions": "Say goodbye."}])
async def test_where_it_is_to_end_all_the_same_the_goodbye_is_heard_to_its_end(
    keys: dict[str, str],
) -> None:
    replies = [tool("end_call"), *([] if "say" in keys else [GOODBYE])]
    wanted = profile(**keys, on_interruption="end")
    async with talking(wanted, *replies, held=GOODBYE) as talk:
        typed = await _speak_into(talk)
        await asyncio.wait_for(talk.ended(), 10)
        assert (talk.said, talk.cut) == ([GOODBYE], [])
        with pytest.raises(RuntimeError):  # LiveKit's, as the call is over.
            await typed


@pytest.mark.parametrize("keys", [{"say": GOODBYE}, {"instructions": "Say goodbye."}])
async def test_a_goodbye_that_may_not_be_cut_is_heard_and_typed_text_is_still_answered(
    keys: dict[str, str],
) -> None:
    goodbye = [] if "say" in keys else [GOODBYE]
    wanted = profile(**keys, allow_interruptions=False)
    replies = [tool("end_call"), *goodbye, "I am still here."]
    async with talking(wanted, *replies, held=GOODBYE) as talk:
        await (await _speak_into(talk))
        await talk.quiet()
        assert talk.said == [GOODBYE, "I am still here."]
        assert not talk.closed


@pytest.mark.parametrize("delete", [True, False])
async def test_the_room_is_deleted_where_the_profile_does_not_say_otherwise(delete: bool) -> None:
    wanted = profile(say=GOODBYE, delete_room=delete)
    async with talking(wanted, tool("end_call"), room=Room()) as talk:
        await talk.session.answer("That was all.")
        await asyncio.wait_for(talk.ended(), 10)
    await asyncio.sleep(0)
    assert talk.deleted == (["a-room"] if delete else [])


@pytest.mark.parametrize("stays", [False, True])
async def test_the_text_console_says_that_the_agent_has_ended_the_call(
    stays: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    lines: list[str] = []
    may_finish = asyncio.Event()
    model = ScriptedLLM(tool("end_call"), ["Thank you.", may_finish, GOODBYE])

    def show(event: Event) -> None:
        if isinstance(event, ToolActed):
            lines.append(event.line)

    monkeypatch.setattr(build, "build_session", lambda *_, **__: session(model))
    async with text_call(profile(instructions="Say goodbye."), show) as call:
        await call.answer("That was all.")
        await until(lambda: len(model.asked) == 2)
        if stays:
            assert call.cut_off() is CutOff.DONE
        may_finish.set()
        await call.finish_speaking()
        await until(lambda: stays or bool(lines))
    assert lines == ([] if stays else ["[the call has ended]"])


async def test_the_llm_reads_livekit_s_description_and_that_of_the_profile() -> None:
    async with talking(profile(description="Also when they are rude."), "Yes?") as talk:
        await talk.hear("Hello")
        (offered,) = talk.session.current_agent.tools
        description = offered.info.description  # type: ignore[union-attr]
        assert description.startswith(EndCallTool().tools[0].info.description[:40])  # type: ignore[union-attr]
        assert "Also when they are rude." in description


async def test_who_watches_the_call_learns_when_the_tool_was_called_and_what_it_told() -> None:
    async with talking(profile(say=GOODBYE), tool("end_call")) as talk:
        await talk.session.answer("That was all.")
        await asyncio.wait_for(talk.ended(), 10)
    assert [each.name for each in talk.events] == ["tool_called", "tool_ended"]
    assert talk.noted("tool_ended")[0]["status"] == "done"
