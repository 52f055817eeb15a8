"""What a tool collects of the caller before it sends."""

from __future__ import annotations

import asyncio
from typing import Any

from support.scripted_llm import Reply
from support.scripted_stt import ScriptedSTT
from support.tool_talk import Service, Talk, call, serving, talking

from voice_agent.runtime.agents.collecting import leave, over

ADA = "ada@example.com"


def booking(service: Service, **keys: Any) -> dict[str, Any]:
    """Return a tool that books for an email address, which it collects."""
    body = {"people": "{{ people }}", "mail": "{{ email }}"}
    return {
        "book": {
            "description": "Books a table.",
            "parameters": {"people": {"type": "integer", "description": "How many."}},
            "http": {"method": "POST", "url": f"{service.url}/bookings", "body": body},
            "collect": ["email"],
            **keys,
        }
    }


async def heard(talk: Talk, text: str) -> None:
    """Wait until somebody has said this."""
    await talk.until(lambda: text in talk.said)


async def test_a_tool_asks_for_what_it_needs_before_it_sends() -> None:
    replies = [["I book it.", call("book", people=4)], "Your email?"]
    replies += [call("update_email_address", email=ADA), "It is booked."]
    async with serving() as service, talking(booking(service), *replies) as talk:
        await talk.begin("A table for four.")
        await heard(talk, "Your email?")
        assert service.requests == []
        await talk.begin("Ada at example dot com.")
        await heard(talk, "It is booked.")
        assert service.requests == [("POST", "/bookings", {"people": 4, "mail": ADA})]
        assert talk.names() == ["tool_called", "field_collected", "tool_ended"]
        assert talk.told() == ['{"id": "B-17"}']
        assert "book" not in talk.model.offered[1]


async def test_a_tool_does_not_ask_for_what_is_known() -> None:
    replies = [call("book", people=4), "It is booked."]
    known = {"variables": {"email": {"default": ADA}}}
    async with serving() as service, talking(booking(service), *replies, **known) as talk:
        await talk.say("A table for four.")
        assert len(service.requests) == 1
        assert talk.names() == ["tool_called", "tool_ended"]


async def test_nothing_is_sent_where_the_caller_refuses_what_a_tool_needs() -> None:
    replies = [call("book", people=4), "Your email?"]
    replies += [call("decline_email_capture", reason="private"), "Then I cannot book."]
    async with serving() as service, talking(booking(service), *replies) as talk:
        await talk.begin("A table for four.")
        await heard(talk, "Your email?")
        await talk.begin("I won't say.")
        await heard(talk, "Then I cannot book.")
        assert service.requests == []
        (told,) = talk.told()
        assert "email: couldn't get the email address: private" in told
        assert talk.names() == ["tool_called", "field_refused", "tool_ended"]
        assert talk.events[-1].details["status"] == "error"


async def test_a_tool_sends_without_what_is_optional() -> None:
    replies = [call("book", people=4), "Your email?"]
    replies += [call("decline_email_capture", reason="private"), "It is booked."]
    fields = {"email": {"task": "email", "optional": True}}
    async with serving() as service:
        sends = {"method": "POST", "url": f"{service.url}/bookings"}
        async with talking(booking(service, collect=fields, http=sends), *replies) as talk:
            await talk.begin("A table for four.")
            await heard(talk, "Your email?")
            await talk.begin("I won't say.")
            await heard(talk, "It is booked.")
            assert len(service.requests) == 1


async def test_nothing_is_asked_for_a_call_with_wrong_arguments_or_a_lack_of_another_value() -> (
    None
):
    replies = [call("book", people="four"), "Once more.", call("book", people=4), "Closed."]
    async with serving() as service:
        tools = booking(service, requires={"open": "It is closed."})
        async with talking(tools, *replies, variables={"open": {"type": "string"}}) as talk:
            await talk.say("A table for four.")
            await talk.say("For four.")
            assert talk.told()[-1] == "It is closed."
            assert talk.names() == ["tool_called", "tool_ended"] * 2


async def test_nothing_is_asked_or_sent_where_the_caller_cuts_the_sentence_before() -> None:
    speaking = asyncio.Event()
    replies = [["I book it.", call("book", people=4), speaking], "Of course not."]
    async with serving() as service, talking(booking(service), *replies) as talk:
        await talk.begin("A table for four.")
        await talk.until(lambda: "tool_called" in talk.names())
        await talk.say("No, stop.")
        assert talk.said[-1] == "Of course not."
        assert service.requests == []
        assert talk.names() == ["tool_called", "tool_ended"]
        assert "Nothing was done, as the caller spoke" in talk.told()[-1]


async def test_a_tool_is_given_up_where_the_call_goes_on_with_another_agent() -> None:
    replies = [call("book", people=4), "Your email?"]
    async with serving() as service, talking(booking(service), *replies) as talk:
        agent = talk.session.current_agent
        await talk.begin("A table for four.")
        await heard(talk, "Your email?")
        leave(talk.state)
        await asyncio.wait_for(over(talk.state), 5)
        assert talk.session.current_agent is agent
        await talk.until(lambda: "tool_ended" in talk.names())
        await talk.session.finish_speaking()
        assert service.requests == []
        assert talk.said == ["A table for four.", "Your email?"]
        assert len(talk.model.asked) == 2


async def test_what_is_collected_inside_a_tool_that_waits_for_another_is_left_as_well() -> None:
    agents = {"desk": {"collect": {"guests": {"type": "integer", "description": "How many."}}}}
    replies = ["How many?", call("book", people=4), "Your email?", "Anything else?"]
    async with serving() as service, talking(booking(service), *replies, agents=agents) as talk:
        await heard(talk, "How many?")
        task = talk.session.current_agent
        await talk.begin("Just book it.")
        await heard(talk, "Your email?")
        leave(talk.state)
        await asyncio.wait_for(over(talk.state), 5)
        assert talk.session.current_agent is not task
        assert service.requests == []


async def test_what_a_caller_says_aloud_reaches_what_a_tool_asks_and_cuts_no_tool() -> None:
    ear = ScriptedSTT()
    replies: list[Reply] = [["I book it.", call("book", people=4)]]
    replies += ["Your email?", "From ten. And your email?"]
    replies += [call("update_email_address", email=ADA), "Right?"]
    replies += [call("confirm_email_address"), "It is booked."]
    async with serving() as service, talking(booking(service), *replies, ear=ear) as talk:
        ear.speak("A table for four")
        await heard(talk, "Your email?")
        ear.speak("When are you open")
        await heard(talk, "From ten. And your email?")
        ear.speak("Ada at example dot com")
        await heard(talk, "Right?")
        assert service.requests == []
        ear.speak("Yes")
        await heard(talk, "It is booked.")
        assert service.requests == [("POST", "/bookings", {"people": 4, "mail": ADA})]
        assert talk.names() == ["tool_called", "field_collected", "tool_ended"]
