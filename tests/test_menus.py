"""Menus for the keys of a telephone, and for callers who say what they would press."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from types import SimpleNamespace
from typing import Any
from unittest import mock

import pytest
from livekit import rtc
from livekit.agents import get_job_context
from support.profiles import make_profile
from support.scripted_llm import Reply, ScriptedLLM
from support.tool_talk import Talk, call, serving, talking

from voice_agent.format.menus import llm_sees
from voice_agent.format.scenario import Expectation, Scenario, ScenarioTurn
from voice_agent.rehearsal.call import calling
from voice_agent.rehearsal.scenario_player import play
from voice_agent.runtime import build, models
from voice_agent.runtime.agents import menus
from voice_agent.runtime.agents.keys import keys_of, press
from voice_agent.runtime.agents.menus import UNANSWERED
from voice_agent.runtime.call_state import CallState
from voice_agent.runtime.session import ProfileSession
from voice_agent.runtime.text_call import AgentHolds, AgentSays, Event, ToolActed, text_call

OFFER = "For opening hours press 1, for a table 2, for invoices 3."
OPEN = "We are open every day."
INVOICES = "For a copy press 1, to go back 2."
BOOKING = {
    "instructions": "Book.",
    "on_enter": {"say": "For how many?"},
    "handoffs": {"reception": {"when": "The caller wants something else."}},
}
TWO = {
    "say": "Press 1 for two, 0 to go back.",
    "timeout": 30.0,
    "keys": {"1": "Two.", "0": {"action": "back"}},
}
LATE = 30.0  # seconds: longer than any test
KEYS: dict[str, Any] = {
    "1": OPEN,
    "2": {"handoff": "booking", "when": "The caller wants a table."},
    "3": {
        "menu": {
            "say": INVOICES,
            "timeout": LATE,
            "keys": {
                "1": "A copy is on its way.",
                "2": {"action": "back"},
                "3": {
                    "menu": {"say": "Deepest.", "timeout": LATE, "keys": {"#": {"action": "back"}}}
                },
            },
        }
    },
    "*": {"action": "repeat"},
    "0": {"action": "back"},
}


@asynccontextmanager
async def phoning(
    *replies: Reply,
    keys: dict[str, Any] | None = None,
    tools: dict[str, Any] | None = None,
    menu: dict[str, Any] | None = None,
    booking: dict[str, Any] | None = None,
    **others: Any,
) -> AsyncIterator[Talk]:
    """Call a profile whose first agent has a menu, and wait until that was said."""
    written = {"say": OFFER, "timeout": LATE, **(menu or {}), "keys": {**KEYS, **(keys or {})}}
    written = {key: each for key, each in written.items() if each is not None}
    agents = {
        "reception": {"menu": written},
        "booking": {**BOOKING, **(booking or {})},
    }
    async with talking(tools, *replies, agents=agents, **others) as talk:
        await talk.until(lambda: talk.said)
        yield talk


async def pressed(talk: Talk, keys: str) -> None:
    """Press keys one right after the other, and wait until what they do has begun."""
    for digit in keys:
        await press(talk.state, digit)
    await asyncio.wait_for(keys_of(talk.state).settled(), 10)


async def hears(talk: Talk, *said: str) -> None:
    """Wait until exactly this was said in the call."""
    try:
        await talk.until(lambda: talk.said == list(said))
    except asyncio.TimeoutError:
        assert talk.said == list(said)


def taken(talk: Talk) -> list[tuple[str, str]]:
    """Return the keys that were taken, each with who chose it."""
    return [(e.tool, e.details["by"]) for e in talk.events if e.name == "key_pressed"]


async def test_a_key_has_its_sentence_said() -> None:
    async with phoning() as talk:
        await pressed(talk, "1")
        await hears(talk, OFFER, OPEN)
        event = next(each for each in talk.events if each.name == "key_pressed")
        assert (event.tool, event.details["agent"]) == ("1", "reception")
        assert talk.model.asked == []


async def test_a_key_of_a_real_telephone_comes_by_the_room() -> None:
    async with phoning() as talk:
        room = get_job_context().room
        room.emit("sip_dtmf_received", rtc.SipDTMF(code=1, digit="1"))
        await hears(talk, OFFER, OPEN)


async def test_a_key_leads_into_a_menu_below_and_back_out_of_it() -> None:
    async with phoning() as talk:
        await pressed(talk, "3")
        await hears(talk, OFFER, INVOICES)
        await pressed(talk, "2")
        await hears(talk, OFFER, INVOICES, OFFER)
        await pressed(talk, "1")
        await hears(talk, OFFER, INVOICES, OFFER, OPEN)
        assert [key for key, _ in taken(talk)] == ["3", "3.2", "1"]


async def test_back_goes_up_by_one_menu() -> None:
    async with phoning() as talk:
        for key, said in (("3", INVOICES), ("3", "Deepest."), ("#", INVOICES)):
            await pressed(talk, key)
            await talk.until(lambda said=said: talk.said[-1] == said)
        assert [key for key, _ in taken(talk)] == ["3", "3.3", "3.3.#"]


async def test_keys_in_quick_succession_are_taken_in_their_order() -> None:
    async with phoning() as talk:
        await pressed(talk, "331")
        await pressed(talk, "#1")
        await talk.until(lambda: talk.said[-1] == "A copy is on its way.")
        assert [key for key, _ in taken(talk)] == ["3", "3.3", "3.3.1", "3.3.#", "3.1"]


async def test_a_key_repeats_the_menu() -> None:
    async with phoning() as talk:
        await pressed(talk, "*")
        await hears(talk, OFFER, OFFER)


async def test_a_key_that_the_menu_does_not_have_makes_it_say_again_what_it_offers() -> None:
    async with phoning() as talk:
        await talk.until(lambda: talk.session.current_speech is None)
        await pressed(talk, "9")
        await hears(talk, OFFER, OFFER)
        assert not talk.events[-1].details["known"]


async def test_back_at_the_top_of_the_first_agent_says_the_menu_again() -> None:
    async with phoning() as talk:
        await pressed(talk, "0")
        await hears(talk, OFFER, OFFER)


async def test_a_menu_is_said_again_after_a_silence_and_then_the_llm_goes_on() -> None:
    async with phoning("How can I help?", menu={"timeout": 0.05, "repeats": 2}) as talk:
        await hears(talk, OFFER, OFFER, OFFER, "How can I help?")
        assert UNANSWERED in str(talk.model.asked[0])
        await pressed(talk, "1")
        await talk.until(lambda: OPEN in talk.said)


async def test_a_caller_who_speaks_is_answered_and_the_menu_is_not_said_over_it() -> None:
    async with phoning("From ten to ten.", menu={"timeout": 0.05, "repeats": 100}) as talk:
        await talk.say("When do you open?")
        before = talk.said
        await asyncio.sleep(0.5)  # ten times as long as the menu waits
        assert talk.said == before
        assert before[-2:] == ["When do you open?", "From ten to ten."]
        await pressed(talk, "1")
        await talk.until(lambda: talk.said[-1] == OFFER)


async def test_a_key_hands_the_call_on() -> None:
    async with phoning("Four it is.") as talk:
        await pressed(talk, "2")
        await hears(talk, OFFER, "For how many?")
        entered = next(e for e in talk.events if e.name == "agent_entered" and e.tool == "booking")
        assert entered.details["by"] == "menu"
        await talk.say("Four.")
        assert talk.said[-1] == "Four it is."


async def test_a_key_at_the_moment_of_a_handoff_is_for_the_menu_of_the_next_agent() -> None:
    async with phoning(booking={"menu": TWO}) as talk:
        await pressed(talk, "21")
        await talk.until(lambda: "Two." in talk.said)
        assert OPEN not in talk.said
        agents = [e.details["agent"] for e in talk.events if e.name == "key_pressed"]
        assert agents == ["reception", "booking"]
        await pressed(talk, "0")
        await talk.until(lambda: talk.said[-1] == OFFER)


async def test_keys_are_nothing_to_an_agent_without_a_menu() -> None:
    async with phoning("Four it is.") as talk:
        await pressed(talk, "211")
        await hears(talk, OFFER, "For how many?")
        await pressed(talk, "1")
        await talk.say("Four.")
        assert talk.said == [OFFER, "For how many?", "Four.", "Four it is."]
        assert [key for key, _ in taken(talk)] == ["2"]


async def test_a_key_calls_a_tool_with_given_values_and_the_llm_says_what_came_of_it() -> None:
    tools, key = booking_tool("http://unused")
    async with serving((200, {"id": "B-17"})) as service:
        tools, key = booking_tool(service.url)
        async with phoning("Your number is B-17.", tools=tools, keys=key, **LOCAL) as talk:
            await pressed(talk, "4")
            await hears(talk, OFFER, "Your number is B-17.")
            assert service.requests == [("POST", "/", {"people": 4, "name": "Ada"})]
            assert talk.told() == ['{"id": "B-17"}']
            assert talk.state.values.get("number") == "B-17"
            assert [e.name for e in talk.events if e.tool == "book"] == CALLED


async def test_what_a_tool_requires_and_does_on_errors_holds_for_a_key() -> None:
    async with serving((409, None)) as service:
        tools, key = booking_tool(service.url)
        async with phoning("It is gone.", tools=tools, keys=key, **LOCAL) as talk:
            await pressed(talk, "4")
            await talk.until(lambda: "It is gone." in talk.said)
            assert talk.told() == ["That time is gone."]
    tools["book"]["requires"] = {"number": "Closed today."}
    async with phoning("We are closed.", tools=tools, keys=key, **LOCAL) as talk:
        await pressed(talk, "4")
        await talk.until(lambda: "We are closed." in talk.said)
        assert talk.told() == ["Closed today."]
        assert len(service.requests) == 1


async def test_a_key_ends_the_call() -> None:
    keys = {"9": {"tool": "end_call"}}
    async with phoning(tools={"end_call": {"say": "Goodbye."}}, keys=keys) as talk:
        ended = asyncio.Event()
        talk.session.once("close", lambda _: ended.set())
        await pressed(talk, "9")
        await asyncio.wait_for(ended.wait(), 10)
        assert talk.state.ended_by == "end_call"


CALLED = ["tool_called", "tool_ended"]
LOCAL = {
    "variables": {"number": {"type": "string"}, "caller": {"default": "Ada"}},
    "allow_hosts": ["127.0.0.1"],
}


def booking_tool(url: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return a tool, and a key that calls it."""
    tool = {
        "description": "Books a table.",
        "parameters": {
            "people": {"type": "integer", "description": "How many."},
            "name": {"type": "string", "description": "The name."},
        },
        "http": {"method": "POST", "url": url},
        "response": {"save": {"number": "id"}},
        "on_error": {409: "That time is gone."},
    }
    return {"book": tool}, {"4": {"tool": "book", "with": {"people": 4, "name": "{{ caller }}"}}}


async def test_a_spoken_choice_reaches_the_same_places() -> None:
    async with phoning(call("choose", key="1")) as talk:
        await talk.say("When are you open?")
        await hears(talk, OFFER, "When are you open?", OPEN)
        assert taken(talk) == [("1", "llm")]
        talk.model.replies = [call("choose", key="3.1")]
        await talk.say("I need a copy of my invoice.")
        await talk.until(lambda: talk.said[-1] == "A copy is on its way.")
        talk.model.replies = [call("choose", key="2")]
        await talk.say("A table, please.")
        await talk.until(lambda: talk.said[-1] == "For how many?")


async def test_a_spoken_choice_calls_a_tool_with_given_values() -> None:
    async with serving((200, {"id": "B-17"})) as service:
        tools, key = booking_tool(service.url)
        replies = [call("choose", key="4"), "Your number is B-17."]
        async with phoning(*replies, tools=tools, keys=key, **LOCAL) as talk:
            await talk.say("The usual table, please.")
            await hears(talk, OFFER, "The usual table, please.", "Your number is B-17.")
            assert service.requests == [("POST", "/", {"people": 4, "name": "Ada"})]


async def test_a_menu_in_words_of_the_llms_own() -> None:
    menu = {"say": None, "instructions": "Offer the hours on 1."}
    async with phoning("Press one for the hours.", menu=menu) as talk:
        await pressed(talk, "1")
        await hears(talk, "Press one for the hours.", OPEN)
        assert "Offer the hours on 1." in str(talk.model.asked[0])


@pytest.mark.parametrize("allowed", [True, False])
async def test_a_key_cuts_what_the_menu_says_even_where_callers_may_not(allowed: bool) -> None:
    said = asyncio.Event()
    offer = ["Press one ", said, "for the hours."]
    menu = {"instructions": "Offer the hours on 1."}
    agents = {"reception": {"menu": {**menu, "timeout": LATE, "keys": KEYS}}, "booking": BOOKING}
    async with talking(None, offer, agents=agents, allow_interruptions=allowed) as talk:
        await talk.until(lambda: talk.session.agent_state == "speaking")
        await pressed(talk, "1")
        await talk.until(lambda: OPEN in talk.said)
        assert talk.said == ["Press one ", OPEN]
        cut = talk.session.history.messages()[0]
        assert cut.interrupted


async def test_a_key_waits_for_an_answer_that_must_not_be_cut() -> None:
    may_end = asyncio.Event()
    answer = ["From ten ", may_end, "to ten."]
    async with phoning(answer, allow_interruptions=False) as talk:
        speech = await talk.begin("When do you open?")
        await talk.until(lambda: talk.session.agent_state == "speaking")
        await pressed(talk, "1")
        assert not speech.done()
        may_end.set()
        await hears(talk, OFFER, "When do you open?", "From ten to ten.", OPEN)


async def test_a_key_cuts_an_answer_that_may_be_cut() -> None:
    answer = ["From ten ", asyncio.Event(), "to ten."]
    async with phoning(answer) as talk:
        await talk.begin("When do you open?")
        await talk.until(lambda: talk.session.agent_state == "speaking")
        await pressed(talk, "1")
        await hears(talk, OFFER, "When do you open?", "From ten ", OPEN)


async def test_keys_of_others_in_the_room_are_nothing_to_a_menu() -> None:
    async with phoning() as talk:
        caller, other = SimpleNamespace(identity="caller"), SimpleNamespace(identity="colleague")
        room_io = SimpleNamespace(linked_participant=caller)
        room = get_job_context().room
        with mock.patch.object(ProfileSession, "room_io", room_io):
            for who, digit in ((other, "3"), (caller, "1")):
                room.emit("sip_dtmf_received", rtc.SipDTMF(int(digit), digit, who))
        await hears(talk, OFFER, OPEN)


async def test_a_scenario_presses_keys_and_expects_what_they_do() -> None:
    menu = {"say": OFFER, "keys": KEYS}
    profile = make_profile(
        stt=None,
        tts=None,
        room={"audio_input": False, "audio_output": False},
        agents={"reception": {"menu": menu}, "booking": BOOKING},
    )
    state = CallState(profile)
    turn = ScenarioTurn(
        press="31",
        expect=(
            Expectation("key_pressed", key="3.1"),
            Expectation("response", text_contains="copy"),
            Expectation("llm_started", absent=True, within_ms=100),
        ),
    )
    with mock.patch.object(models, "thinking", return_value=ScriptedLLM()):
        agent = build.build_agent(profile, state)
        session = build.build_session(profile, call=state)
    async with calling(agent, lambda: session, state=state) as call:
        checks = await play(call, Scenario("keys", (turn,)), {})
        assert [check.reason for check in checks if not check.passed] == []
        assert [(e.name, e.text) for e in call.events if e.name == "user_pressed"] == [
            ("user_pressed", "31")
        ]


async def test_a_key_while_the_llm_hands_over_is_for_the_menu_of_the_next_agent() -> None:
    may_end = asyncio.Event()
    leaving = ["One moment, ", call("handoff_to_booking"), may_end, "please."]
    handoffs = {"booking": {"when": "The caller wants a table."}}
    async with phoning(leaving, booking={"menu": TWO}, handoffs=handoffs) as talk:
        await talk.begin("A table, please.")
        await talk.until(lambda: talk.state.agent == "booking")
        await press(talk.state, "1")
        may_end.set()
        await talk.until(lambda: "Two." in talk.said)
        assert OPEN not in talk.said


async def test_a_caller_who_only_presses_keys_is_never_taken_for_a_loop() -> None:
    async with phoning(booking={"menu": TWO}) as talk:
        for agent, key in [("booking", "2"), ("reception", "0")] * 5:
            await pressed(talk, key)
            await talk.until(lambda agent=agent: entered(talk)[-1] == agent)
        assert "handoff_refused" not in talk.names()


def entered(talk: Talk) -> list[str]:
    """Return the agents that have held the call, in their order."""
    return [event.tool for event in talk.events if event.name == "agent_entered"]


async def test_a_menu_begins_once_all_is_collected() -> None:
    field = {"type": "integer", "description": "How many guests."}
    replies = ["How many?", call("update_guests", value=4)]
    booking = {"menu": TWO, "collect": {"guests": field}}
    async with phoning(*replies, booking=booking) as talk:
        await pressed(talk, "2")
        await talk.until(lambda: "How many?" in talk.said)
        await pressed(talk, "1")
        assert "Two." not in talk.said
        await talk.say("Four.")
        await talk.until(lambda: TWO["say"] in talk.said)
        await pressed(talk, "1")
        await talk.until(lambda: "Two." in talk.said)
        assert talk.state.values.get("guests") == 4


async def test_the_text_console_shows_keys_and_which_agent_holds() -> None:
    menu = {"say": OFFER, "timeout": LATE, "keys": KEYS}
    profile = make_profile(agents={"reception": {"menu": menu}, "booking": BOOKING})
    events: list[Event] = []
    with mock.patch.object(models, "thinking", return_value=ScriptedLLM()):
        async with text_call(profile, events.append) as call:
            await call.finish_speaking()
            for key in ("1", "2", "7"):
                await call.press(key)
                await call.finish_speaking()
    shown = [each for each in events if isinstance(each, ToolActed | AgentHolds | AgentSays)]
    assert shown == [
        ToolActed("[reception takes the call]"),
        AgentHolds("reception"),
        AgentSays(OFFER),
        ToolActed("[1 pressed]"),
        AgentSays(OPEN),
        ToolActed("[2 pressed]"),
        ToolActed("[booking takes over]"),
        AgentHolds("booking"),
        AgentSays("For how many?"),
        ToolActed("[7 pressed, but nothing listens to keys now]"),
    ]


async def test_what_a_key_says_is_asked_of_a_model_that_speaks_only_its_own_words() -> None:
    async with phoning("We are open.") as talk:
        with mock.patch.object(menus, "has_voice", return_value=False):
            await pressed(talk, "1")
            await hears(talk, OFFER, "We are open.")
        assert f'word for word, and nothing else: "{OPEN}"' in str(talk.model.asked[0])


def test_the_llm_is_told_what_every_key_does() -> None:
    keys = {**KEYS, "4": {"tool": "copy"}}
    tools = {"copy": {"description": "Sends a copy.", "result": "Sent."}}
    agents = {"reception": {"menu": {"say": OFFER, "keys": keys}}, "booking": BOOKING}
    menu = make_profile(agents=agents, tools=tools).agents["reception"].menu
    assert menu is not None
    seen = llm_sees(menu)
    assert seen["description"].splitlines()[1:] == [
        "- 1: Says: We are open every day.",
        "- 2: The caller wants a table.",
        "- 3: Opens the menu below it.",
        "- 3.1: Says: A copy is on its way.",
        "- 3.2: Goes back.",
        "- 3.3: Opens the menu below it.",
        "- 3.3.#: Goes back.",
        "- *: Says the menu again.",
        "- 0: Goes back.",
        "- 4: Calls copy.",
    ]
    assert seen["parameters"]["properties"]["key"]["enum"][:4] == ["1", "2", "3", "3.1"]


async def test_an_agent_that_hands_over_at_once_never_says_its_menu(
    caplog: pytest.LogCaptureFixture,
) -> None:
    again = {"reception": {"when": {"variable": "closed", "is": True}}}
    variables = {"closed": {"type": "boolean", "default": True}}
    booking = {"menu": TWO, "handoffs": again}
    async with phoning(booking=booking, variables=variables) as talk:
        await pressed(talk, "2")
        await talk.until(lambda: entered(talk) == ["reception", "booking", "reception"])
        await hears(talk, OFFER, OFFER)
        await pressed(talk, "1")
        await talk.until(lambda: talk.said[-1] == OPEN)
    assert [each for each in caplog.records if each.levelname == "ERROR"] == []


async def test_an_unknown_key_before_a_menu_was_said_does_not_keep_it_from_being_said() -> None:
    async with phoning(booking={"menu": TWO}) as talk:
        await pressed(talk, "29")
        await hears(talk, OFFER, "For how many?", str(TWO["say"]))


async def test_a_key_that_cannot_be_done_leaves_the_others_as_they_were(
    caplog: pytest.LogCaptureFixture,
) -> None:
    async with phoning() as talk:
        with mock.patch.object(menus, "say", side_effect=ZeroDivisionError):
            await pressed(talk, "1")
        assert "the key 1 failed" in caplog.text
        await pressed(talk, "3")
        await hears(talk, OFFER, INVOICES)
