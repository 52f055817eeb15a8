"""What an agent asks of the caller, by LiveKit's own tasks and by fields of a profile."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from livekit import rtc
from livekit.agents import get_job_context, llm
from support.scripted_llm import Reply
from support.tool_talk import Talk, call, talking

from voice_agent.runtime.agents.collecting import leave, over

GUESTS = {"type": "integer", "minimum": 1, "maximum": 12, "description": "How many guests."}
EMAIL = {"task": "email"}
ADA = "ada@example.com"


@asynccontextmanager
async def collecting(
    fields: Any, *replies: Reply, tools: dict[str, Any] | None = None, **keys: Any
) -> AsyncIterator[Talk]:
    """Talk with an agent that collects these fields; its llm replies by script."""
    agents = {"desk": {"collect": fields}}
    async with talking(tools, *replies, agents=agents, **keys) as talk:
        yield talk


async def talk_through(talk: Talk, *lines: str) -> None:
    """Type each line once the agent has answered the one before, and wait for the last answer."""
    for number, line in enumerate(lines):
        await talk.until(lambda n=number: agents_turns(talk) > n)  # type: ignore[misc]
        await talk.begin(line)
    await talk.until(lambda: agents_turns(talk) > len(lines))


def agents_turns(talk: Talk) -> int:
    """Return how often the agent has spoken."""
    return sum(each.role == "assistant" for each in talk.session.history.messages())


def happened(talk: Talk) -> list[tuple[str, str]]:
    """Return what has happened to which field."""
    return [(each.name, each.tool) for each in talk.events if each.name.startswith("field_")]


def value(talk: Talk, name: str) -> Any:
    """Return the value of a variable; None without one."""
    return talk.state.values.get(name) if talk.state.values.is_set(name) else None


async def test_fields_are_asked_for_in_order_and_become_variables() -> None:
    replies = [
        "Your email?",
        call("update_email_address", email=ADA),
        "How many?",
        call("update_guests", value=4),
        "Thank you.",
    ]
    async with collecting({"mail": EMAIL, "guests": GUESTS}, *replies) as talk:
        await talk_through(talk, "Ada at example dot com.", "Four.")
        assert talk.said[-1] == "Thank you."
        assert happened(talk) == [("field_collected", "mail"), ("field_collected", "guests")]
        assert [event.details["value"] for event in talk.events[1:]] == [ADA, 4]
        assert (value(talk, "mail"), value(talk, "guests")) == (ADA, 4)


async def test_the_llm_knows_what_was_said_before_and_what_came_of_it() -> None:
    replies = ["Your email?", call("update_email_address", email=ADA), "How many?"]
    replies += [call("update_guests", value=4), "Thank you."]
    async with collecting({"mail": EMAIL, "guests": GUESTS}, *replies) as talk:
        await talk_through(talk, "Ada at example dot com.", "Four.")
        asked_second, after = talk.model.asked[2], talk.model.asked[-1]
        assert "Ada at example dot com." in [each["content"] for each in asked_second]
        (told,) = [each["content"] for each in after[1:] if each["role"] == "system"]
        assert f'mail: "{ADA}"\nguests: 4' in told


async def test_a_task_is_told_the_instructions_of_the_agent_before_its_own() -> None:
    async with collecting({"mail": EMAIL}, "Ihre Adresse?", instructions="Speak German.") as talk:
        await talk.until(lambda: talk.said)
        told = talk.model.asked[0][0]["content"]
        assert told.startswith("Speak German.\n\nYou are only a single step")


async def test_what_an_operator_adds_to_a_task_is_told_with_the_values_of_variables() -> None:
    fields = {"mail": {**EMAIL, "extra_instructions": "It is for {{ who }}."}}
    variables = {"who": {"default": "Bob"}}
    async with collecting(fields, "Whose?", variables=variables) as talk:
        await talk.until(lambda: talk.said)
        assert 'It is for "Bob".' in talk.model.asked[0][0]["content"]


async def test_a_field_that_has_a_value_is_not_asked_for() -> None:
    replies = ["How many?", call("update_guests", value=4), "Thank you."]
    variables = {"mail": {"default": ADA}}
    fields = {"mail": EMAIL, "guests": GUESTS}
    async with collecting(fields, *replies, variables=variables) as talk:
        await talk_through(talk, "Four.")
        assert happened(talk) == [("field_collected", "guests")]


async def test_the_llm_is_told_in_the_operators_words_why_a_value_does_not_fit() -> None:
    rejections = {"maximum": "For more, {{ manager }} calls back.", "minimum": "Nobody? Ask again."}
    fields = {"guests": {**GUESTS, "rejections": rejections}}
    replies = ["How many?", call("update_guests", value=20), "Too many."]
    replies += [call("update_guests", value=0), "None?"]
    replies += [call("update_guests", value="x"), "?", call("update_guests", value=4), "Thank you."]
    variables = {"manager": {"default": "Bob"}}
    async with collecting(fields, *replies, variables=variables) as talk:
        await talk_through(talk, "Twenty.")
        assert talk.told()[-1].endswith(' For more, "Bob" calls back.')
        assert value(talk, "guests") is None
        await talk.say("None.")
        assert talk.told()[-1].endswith(" Nobody? Ask again.")
        await talk.say("x")
        assert "'x' is not of type 'integer'" in talk.told()[-1]
        await talk.say("Four.")
        await talk.until(lambda: talk.said[-1] == "Thank you.")
        assert happened(talk) == [("field_collected", "guests")]


async def test_a_value_that_is_to_be_confirmed_counts_once_the_caller_agrees() -> None:
    replies = ["How many?", call("update_guests", value=4), "Four?"]
    replies += [call("update_guests", value=5), "Five?", call("confirm_guests"), "Thank you."]
    async with collecting({"guests": {**GUESTS, "confirm": True}}, *replies) as talk:
        await talk_through(talk, "Four.")
        assert "Repeat the value back to the user" in talk.told()[-1]
        assert value(talk, "guests") is None
        await talk.say("No, five.")
        await talk.say("Yes.")
        await talk.until(lambda: talk.said[-1] == "Thank you.")
        assert value(talk, "guests") == 5
        assert "confirm_guests" not in talk.model.offered[1]
        assert "confirm_guests" in talk.model.offered[3]


async def test_a_caller_corrects_an_earlier_field_and_goes_on_where_they_were() -> None:
    replies = ["Your email?", call("update_email_address", email=ADA), "How many?"]
    replies += [call("out_of_scope", task_ids=["mail"]), "Then what is it?"]
    replies += [call("update_email_address", email="bob@example.com"), "How many, then?"]
    replies += [call("update_guests", value=4), "Thank you."]
    async with collecting({"mail": EMAIL, "guests": GUESTS}, *replies) as talk:
        await talk_through(talk, "Ada at.", "No, wait, the email is wrong.", "Bob at.", "Four.")
        assert (value(talk, "mail"), value(talk, "guests")) == ("bob@example.com", 4)
        collected = [name for _, name in happened(talk)]
        assert collected == ["mail", "mail", "guests"]
        assert "out_of_scope" not in talk.model.offered[1]


async def test_collecting_goes_on_without_an_optional_field_that_the_caller_refuses() -> None:
    fields = {"mail": {**EMAIL, "optional": True}, "guests": GUESTS}
    replies = ["Your email?", call("decline_email_capture", reason="private"), "How many?"]
    replies += [call("update_guests", value=4), "Thank you."]
    async with collecting(fields, *replies) as talk:
        await talk_through(talk, "I won't say.", "Four.")
        assert happened(talk) == [("field_refused", "mail"), ("field_collected", "guests")]
        assert talk.events[1].details["reason"] == "couldn't get the email address: private"
        assert (value(talk, "mail"), value(talk, "guests")) == (None, 4)


async def test_nothing_more_is_asked_where_the_caller_refuses_what_is_required() -> None:
    replies = ["How many?", call("decline_guests", reason="unknown"), "What else can I do?"]
    async with collecting({"guests": GUESTS, "mail": EMAIL}, *replies) as talk:
        await talk_through(talk, "I don't know.")
        assert talk.said[-1] == "What else can I do?"
        assert happened(talk) == [("field_refused", "guests")]
        told = [each["content"] for each in talk.model.asked[-1] if each["role"] == "system"]
        assert "couldn't get guests: unknown" in told[-1]


TASKS: dict[str, tuple[dict[str, Any], list[llm.FunctionToolCall], str]] = {
    "name": ({"last_name": True}, [call("update_name", first_name="Ada", last_name="L")], "Ada L"),
    "name in another order": (
        {"task": "name", "last_name": True, "name_format": "{last_name} {first_name}"},
        [call("update_name", first_name="Ada", last_name="Lovelace")],
        "Lovelace Ada",
    ),
    "email": ({}, [call("update_email_address", email=ADA)], ADA),
    "email that is spelled": (
        {"task": "email", "verify_spelling": True},
        [call("update_email_address", email=ADA), call("confirm_email_address")],
        ADA,
    ),
    "phone_number": (
        {},
        [call("update_phone_number", phone_number="+49 30 1234567")],
        "+49301234567",
    ),
    "phone number that is confirmed": (
        {"task": "phone_number", "require_confirmation": True},
        [call("update_phone_number", phone_number="+49 30 1234567"), call("confirm_phone_number")],
        "+49301234567",
    ),
    "address": (
        {},
        [
            call(
                "update_address",
                street_address="12 High Street",
                unit_number="",
                locality="Leeds",
                country="UK",
            )
        ],
        "12 High Street Leeds UK",
    ),
    "dob": ({}, [call("update_dob", year=1990, month=1, day=15)], "1990-01-15"),
    "dob with the time": (
        {"task": "dob", "include_time": True},
        [call("update_time", hour=7, minute=5), call("update_dob", year=1990, month=1, day=15)],
        "1990-01-15T07:05",
    ),
    "dtmf that is said": (
        {"task": "dtmf", "num_digits": 4},
        [call("record_inputs", inputs=["1", "2", "3", "4"])],
        "1234",
    ),
}


@pytest.mark.parametrize("name", TASKS)
async def test_each_of_livekits_tasks_gives_its_variable_a_text(name: str) -> None:
    options, calls, wanted = TASKS[name]
    replies: list[Reply] = ["What is it?"]
    for number, each in enumerate(calls):
        replies += [each, "Right?"] if number < len(calls) - 1 else [each, "Thank you."]
    async with collecting({"detail": {"task": name, **options}}, *replies) as talk:
        await talk_through(talk, *(["It is this."] * len(calls)))
        assert value(talk, "detail") == wanted
        assert happened(talk) == [("field_collected", "detail")]


def press(keys: str) -> None:
    """Press keys of the caller's telephone."""
    for key in keys:
        get_job_context().room.emit("sip_dtmf_received", rtc.SipDTMF(code=0, digit=key))


async def test_keys_that_are_pressed_are_collected() -> None:
    field = {"task": "dtmf", "num_digits": 4}
    async with collecting({"pin": field}, "Press four keys.", "Thank you.") as talk:
        await talk.until(lambda: talk.said)
        press("1234#")
        await talk.until(lambda: talk.said[-1] == "Thank you.")
        assert value(talk, "pin") == "1234"


async def test_a_caller_who_presses_too_few_keys_is_asked_again() -> None:
    field = {"task": "dtmf", "num_digits": 4}
    replies = ["Press four keys.", "That was not right. Once more.", "Thank you."]
    async with collecting({"pin": field}, *replies) as talk:
        await talk.until(lambda: talk.said)
        press("12#")
        await talk.until(lambda: len(talk.said) == 2)
        assert "Expect 4 digits, got 2" in talk.model.asked[1][0]["content"]
        press("1234#")
        await talk.until(lambda: talk.said[-1] == "Thank you.")
        assert value(talk, "pin") == "1234"
        assert happened(talk) == [("field_collected", "pin")]


async def test_what_is_typed_after_keys_waits_until_they_are_taken() -> None:
    fields = {"pin": {"task": "dtmf", "num_digits": 4, "dtmf_input_timeout": 0.3}, "mail": EMAIL}
    replies = [
        "Press four keys.",
        "Your email?",
        call("update_email_address", email=ADA),
        "Thank you.",
    ]
    async with collecting(fields, *replies) as talk:
        await talk.until(lambda: talk.said)
        press("1234")
        await talk.session.finish_speaking()
        await talk.begin("Ada at example dot com.")
        await talk.until(lambda: talk.said[-1] == "Thank you.")
        assert (value(talk, "pin"), value(talk, "mail")) == ("1234", ADA)


async def test_lines_that_come_all_at_once_take_turns_with_what_is_asked() -> None:
    replies = ["Your email?", call("update_email_address", email=ADA), "How many?"]
    replies += [call("update_guests", value=4), "Thank you."]
    async with collecting({"mail": EMAIL, "guests": GUESTS}, *replies) as talk:
        for line in ("Ada at example dot com.", "Four."):
            await talk.session.finish_speaking()
            await talk.begin(line)
        await talk.until(lambda: talk.said[-1] == "Thank you.")
        assert talk.said[:4] == ["Your email?", "Ada at example dot com.", "How many?", "Four."]


async def test_keys_that_are_wrong_again_and_again_count_as_refused() -> None:
    field = {"task": "dtmf", "num_digits": 4}
    async with collecting({"pin": field}, "1", "2", "3", "What else can I do?") as talk:
        for number in range(1, 4):
            await talk.until(lambda n=number: len(talk.said) == n)  # type: ignore[misc]
            press("12#")
        await talk.until(lambda: talk.said[-1] == "What else can I do?")
        assert happened(talk) == [("field_refused", "pin")]


async def test_the_agents_own_tools_work_while_it_collects() -> None:
    tools = {"hours": {"description": "Says the hours.", "result": "Ten to ten."}}
    replies = ["Your email?", call("hours"), "Ten to ten. And your email?"]
    replies += [call("update_email_address", email=ADA), "Thank you."]
    async with collecting({"mail": EMAIL}, *replies, tools=tools) as talk:
        await talk_through(talk, "When are you open?")
        assert talk.told() == ["Ten to ten."]
        assert "hours" in talk.model.offered[0]
        await talk.say("Ada at example dot com.")
        await talk.until(lambda: talk.said[-1] == "Thank you.")
        assert value(talk, "mail") == ADA


async def test_a_caller_cannot_cut_a_task_where_the_profile_lets_nobody_cut_in() -> None:
    speaking = asyncio.Event()
    replies: list[Reply] = [["Your", speaking, " email?"], call("update_email_address", email=ADA)]
    async with collecting(
        {"mail": EMAIL}, *replies, "Thank you.", allow_interruptions=False
    ) as talk:
        await talk.until(lambda: talk.session.current_speech)
        speech = talk.session.current_speech
        assert speech is not None
        await talk.until(lambda: speech.scheduled)
        with pytest.raises(RuntimeError):
            speech.interrupt()
        speaking.set()
        await talk_through(talk, "Ada at example dot com.")
        assert talk.said == ["Your email?", "Ada at example dot com.", "Thank you."]


async def test_a_task_may_be_cut_or_not_as_its_field_says() -> None:
    field = {**EMAIL, "allow_interruptions": False}
    speaking = asyncio.Event()
    async with collecting({"mail": field}, ["Your", speaking, " email?"]) as talk:
        await talk.until(lambda: talk.session.current_speech)
        speech = talk.session.current_speech
        assert speech is not None
        assert not speech.allow_interruptions
        speaking.set()
        await talk.until(lambda: talk.said)


async def test_a_call_that_goes_elsewhere_keeps_what_was_collected() -> None:
    replies = ["Your email?", call("update_email_address", email=ADA), "How many?", "I am new."]
    async with collecting({"mail": EMAIL, "guests": GUESTS}, *replies) as talk:
        await talk_through(talk, "Ada at example dot com.")
        task = talk.session.current_agent
        leave(talk.state)
        await asyncio.wait_for(over(talk.state), 5)
        assert talk.session.current_agent is not task
        assert (value(talk, "mail"), value(talk, "guests")) == (ADA, None)
        assert happened(talk) == [("field_collected", "mail")]


async def test_a_call_that_ends_while_something_is_asked_refuses_nothing() -> None:
    async with collecting({"mail": EMAIL, "guests": GUESTS}, "Your email?") as talk:
        await talk.until(lambda: talk.said)
        await talk.session.aclose()
        assert happened(talk) == []
