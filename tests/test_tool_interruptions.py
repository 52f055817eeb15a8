"""What becomes of a tool whose caller does not wait for it."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from support.tool_talk import Service, call, serving, talking

from voice_agent.runtime.session import CutOff
from voice_agent.runtime.tools import turns

METHODS = pytest.mark.parametrize("method", ["POST", "GET"])


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have a caller who cuts in wait for a moment only."""
    monkeypatch.setattr(turns, "_PATIENCE", 0.1)
    monkeypatch.setattr(turns, "_SILENCE", 0.1)


def booking(service: Service, method: str = "POST", **keys: Any) -> dict[str, Any]:
    """Return a tool that books a table, and whose service answers when it may."""
    service.may_answer.clear()
    parameters = {"people": {"type": "integer"}}
    sends = {"method": method, "url": f"{service.url}/bookings"}
    return {"description": "Books a table.", "parameters": parameters, "http": sends, **keys}


@METHODS
@pytest.mark.parametrize("allow_interruptions", [True, False])
async def test_what_is_typed_while_a_tool_works_is_answered_and_the_result_is_told(
    method: str, allow_interruptions: bool
) -> None:
    keys = {"allow_interruptions": allow_interruptions}
    async with serving() as service:
        replies = [["I book it.", call("book", people=4)], "I am here.", "It is booked."]
        tool = booking(service, method)
        async with talking({"book": tool}, *replies, **keys) as talk:
            await talk.begin("A table for four.")
            await asyncio.wait_for(service.asked.wait(), 5)
            await talk.say("Are you there?")
            assert talk.said[-1] == "I am here."
            (in_progress,) = talk.told()
            assert "progress" in in_progress or "at work" in in_progress
            service.may_answer.set()
            await talk.until(lambda: "It is booked." in talk.said)
            assert talk.told()[-1] == '{"id": "B-17"}'
            assert len(service.requests) == 1


@METHODS
async def test_what_is_typed_into_the_sentence_before_a_tool_is_answered(method: str) -> None:
    async with serving() as service:
        speaking = asyncio.Event()
        replies = [["I book it.", call("book", people=4), speaking], "I am here.", "It is booked."]
        async with talking({"book": booking(service, method)}, *replies) as talk:
            await talk.begin("A table for four.")
            await asyncio.wait_for(service.asked.wait(), 5)
            await talk.say("Are you there?")
            assert talk.said == ["A table for four.", "I book it.", "Are you there?", "I am here."]
            service.may_answer.set()
            await talk.until(lambda: "It is booked." in talk.said)
            assert talk.told()[-1] == '{"id": "B-17"}'
            assert len(service.requests) == 1


async def test_a_caller_who_cuts_the_sentence_hears_a_quick_result_at_once() -> None:
    async with serving() as service:
        tool = booking(service)
        service.may_answer.set()
        replies = [["I book it.", call("book", people=4), asyncio.Event()], "It is booked."]
        async with talking({"book": tool}, *replies) as talk:
            await talk.begin("A table for four.")
            await talk.until(lambda: "tool_ended" in talk.names())
            await talk.say("And?")
            assert talk.told() == ['{"id": "B-17"}']
            assert talk.said == ["A table for four.", "I book it.", "And?", "It is booked."]


@METHODS
@pytest.mark.parametrize("is_slow", [False, True], ids=["quick", "slow"])
async def test_the_agent_says_the_result_where_it_was_cut_and_nobody_speaks(
    method: str, is_slow: bool
) -> None:
    async with serving() as service:
        replies = [["I book it.", call("book", people=4), asyncio.Event()], "It is booked."]
        async with talking({"book": booking(service, method)}, *replies) as talk:
            await talk.begin("A table for four.")
            await asyncio.wait_for(service.asked.wait(), 5)
            if not is_slow:
                service.may_answer.set()
                await talk.until(lambda: "tool_ended" in talk.names())
            assert talk.session.cut_off() is CutOff.DONE
            await asyncio.sleep(0.15 if is_slow else 0)  # longer than the patience with a tool
            service.may_answer.set()
            await talk.until(lambda: "It is booked." in talk.said)
            assert talk.told()[-1] == '{"id": "B-17"}'
            assert len(service.requests) == 1


async def test_a_result_is_said_once_where_the_caller_speaks_after_cutting_in(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(turns, "_SILENCE", 1.0)
    async with serving() as service:
        tool = booking(service)
        service.may_answer.set()
        replies = [["I book it.", call("book", people=4), asyncio.Event()], "It is booked."]
        async with talking({"book": tool}, *replies) as talk:
            await talk.begin("A table for four.")
            await talk.until(lambda: "tool_ended" in talk.names())
            talk.session.cut_off()
            await talk.say("And?")
            await asyncio.sleep(1.2)
            assert len(talk.model.asked) == 2


async def test_an_answer_that_was_cut_is_not_said_again() -> None:
    async with serving() as service:
        tool = booking(service)
        service.may_answer.set()
        speaking = asyncio.Event()
        replies = [call("book", people=4), ["It is booked.", speaking]]
        async with talking({"book": tool}, *replies) as talk:
            await talk.begin("A table for four.")
            await talk.until(lambda: len(talk.model.asked) == 2)
            await asyncio.sleep(0.1)
            assert talk.session.cut_off() is CutOff.DONE
            await asyncio.sleep(0.3)
            assert len(talk.model.asked) == 2


@pytest.mark.parametrize("may_cut", [True, False])
async def test_the_answer_after_a_tool_may_be_cut_as_the_profile_says(may_cut: bool) -> None:
    async with serving() as service:
        tool = booking(service)
        service.may_answer.set()
        speaking = asyncio.Event()
        replies = [["I book it.", call("book", people=4)], ["It is booked.", speaking]]
        async with talking({"book": tool}, *replies, allow_interruptions=may_cut) as talk:
            await talk.begin("A table for four.")
            await talk.until(lambda: len(talk.model.asked) == 2)
            assert talk.session.cut_off() is (CutOff.DONE if may_cut else CutOff.NOT_ALLOWED)
            speaking.set()


@pytest.mark.parametrize(
    ("method", "keys", "may_cut"),
    [
        ("POST", {}, False),
        ("GET", {}, True),
        ("POST", {"allow_interruptions": True}, True),
        ("GET", {"allow_interruptions": False}, False),
    ],
)
async def test_a_turn_may_be_cut_while_its_tool_works_only_if_the_tool_allows_it(
    method: str, keys: dict[str, Any], may_cut: bool
) -> None:
    async with serving() as service:
        replies = [["I book it.", call("book", people=4)], "It is booked."]
        async with talking({"book": booking(service, method, **keys)}, *replies) as talk:
            speech = await talk.begin("A table for four.")
            await asyncio.wait_for(service.asked.wait(), 5)
            await talk.until(lambda: talk.said[-1] == "I book it.")
            await talk.until(lambda: speech.allow_interruptions is may_cut)
            expected = CutOff.DONE if may_cut else CutOff.NOTHING_TO_CUT
            assert talk.session.cut_off() is expected
            service.may_answer.set()
            await talk.until(lambda: talk.said[-1] == "It is booked.")
            assert len(service.requests) == 1


async def test_two_tools_of_a_turn_protect_it_until_both_have_ended() -> None:
    async with serving() as first, serving() as second:
        tools = {"book": booking(first), "order": booking(second)}
        replies = [[call("book", people=4), call("order", people=4)], "Both are done."]
        async with talking(tools, *replies) as talk:
            speech = await talk.begin("A table for four.")
            await talk.until(lambda: not speech.allow_interruptions)
            first.may_answer.set()
            await talk.until(lambda: "tool_ended" in talk.names())
            assert not speech.allow_interruptions
            second.may_answer.set()
            await asyncio.wait_for(speech, 5)
            assert speech.allow_interruptions
            assert talk.said[-1] == "Both are done."


async def test_the_same_request_is_not_sent_again_while_it_is_under_way() -> None:
    async with serving() as service:
        again = [call("book", people=4) for _ in range(2)]
        replies = [again[0], again[1], "It is under way.", "It is booked."]
        async with talking({"book": booking(service)}, *replies) as talk:
            speech = await talk.begin("A table for four.")
            await asyncio.wait_for(service.asked.wait(), 5)
            await talk.say("Well?")
            assert "Do not call it again" in talk.told()[-1]
            service.may_answer.set()
            await asyncio.wait_for(speech, 5)
            assert len(service.requests) == 1


async def test_what_was_sent_is_finished_when_the_call_ends_in_the_middle() -> None:
    async with (
        serving() as service,
        talking({"book": booking(service)}, call("book", people=4)) as talk,
    ):
        await talk.begin("A table for four.")
        await asyncio.wait_for(service.asked.wait(), 5)
        closing = asyncio.create_task(talk.session.aclose())
        await asyncio.sleep(0.3)
        assert not closing.done()
        service.may_answer.set()
        await asyncio.wait_for(closing, 5)
        assert service.answered.is_set()
        assert talk.events[-1].details["told"] == '{"id": "B-17"}'


async def test_a_lookup_does_not_keep_a_call_from_ending() -> None:
    async with (
        serving() as service,
        talking({"book": booking(service, "GET")}, call("book", people=4)) as talk,
    ):
        await talk.begin("A table for four.")
        await asyncio.wait_for(service.asked.wait(), 5)
        await asyncio.wait_for(talk.session.aclose(), 5)
        assert not service.answered.is_set()


FILLER = {"say": ["One moment.", "Still looking."], "delay": 0.05, "interval": 0.1}


async def test_fillers_are_said_one_after_the_other_until_the_tool_has_ended() -> None:
    async with serving() as service:
        tool = booking(service, filler=FILLER)
        async with talking({"book": tool}, call("book", people=4), "It is booked.") as talk:
            speech = await talk.begin("A table for four.")
            await talk.until(lambda: talk.said.count("Still looking.") == 2)
            service.may_answer.set()
            await asyncio.wait_for(speech, 5)
            said = [line for line in talk.said[1:] if line != "Still looking."]
            assert said == ["One moment.", "It is booked."]
            assert talk.names().count("filler_started") >= 3


async def test_a_quick_tool_has_no_filler() -> None:
    async with serving() as service:
        tool = booking(service, filler={"say": "One moment.", "delay": 5})
        service.may_answer.set()
        async with talking({"book": tool}, call("book", people=4), "It is booked.") as talk:
            await talk.say("A table for four.")
            assert talk.said == ["A table for four.", "It is booked."]


async def test_a_filler_may_be_in_the_llms_own_words_and_calls_no_tool() -> None:
    async with serving() as service:
        filler = {"instructions": "Say that you look.", "delay": 0.05}
        tool = booking(service, filler=filler)
        replies = [call("book", people=4), "I am looking.", "It is booked."]
        async with talking({"book": tool}, *replies) as talk:
            speech = await talk.begin("A table for four.")
            await talk.until(lambda: "I am looking." in talk.said)
            assert talk.model.asked[1][-1]["content"] == "Say that you look."
            service.may_answer.set()
            await asyncio.wait_for(speech, 5)
            assert talk.said == ["A table for four.", "I am looking.", "It is booked."]


async def test_what_is_typed_into_a_filler_is_answered_and_nothing_is_sent_twice() -> None:
    async with serving() as service:
        tool = booking(service, filler=FILLER)
        replies = [call("book", people=4), "I am here.", "It is booked."]
        async with talking({"book": tool}, *replies) as talk:
            await talk.begin("A table for four.")
            await talk.until(lambda: "One moment." in talk.said)
            await talk.say("Are you there?")
            assert "I am here." in talk.said
            service.may_answer.set()
            await talk.until(lambda: "It is booked." in talk.said)
            assert len(service.requests) == 1


async def test_a_call_may_end_in_the_middle_of_a_filler(caplog: pytest.LogCaptureFixture) -> None:
    async with serving() as service:
        tool = booking(service, "GET", filler=FILLER)
        async with talking({"book": tool}, call("book", people=4)) as talk:
            await talk.begin("A table for four.")
            await talk.until(lambda: "One moment." in talk.said)
            await asyncio.wait_for(talk.session.aclose(), 5)
    assert [each.message for each in caplog.records if each.levelname == "ERROR"] == []
