"""Several agents in one call: who holds it, how it goes on, and that nothing is lost on the way."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from support.tool_talk import Talk, call, serving, talking

RECEPTION = {
    "instructions": "Find out what the caller wants.",
    "tools": [],
    "handoffs": {
        "booking": {
            "when": "The caller wants a table.",
            "with": {"people": {"type": "integer", "maximum": 12, "description": "How many."}},
        }
    },
}
BOOKING: dict[str, Any] = {
    "instructions": "Book a table for {{ people }} people.",
    "handoffs": {"back": {"when": "The caller wants something else."}},
}
AGENTS: dict[str, Any] = {"reception": RECEPTION, "booking": BOOKING}
TO_BOOKING = call("handoff_to_booking", people=4)


def entered(talk: Talk) -> list[tuple[str, str]]:
    """Return the agents that have held the call, and how each came to hold it."""
    events = [event for event in talk.events if event.name == "agent_entered"]
    return [(event.tool, event.details["by"]) for event in events]


def offered(talk: Talk, request: int = -1) -> list[str]:
    """Return the names of the tools in a request to the llm."""
    return sorted(talk.model.offered[request])


def prompt(talk: Talk, request: int = -1) -> str:
    """Return the instructions in a request to the llm."""
    return str(talk.model.asked[request][0]["content"])


async def test_the_llm_hands_over_and_the_next_agent_goes_on_by_itself() -> None:
    async with talking(None, [TO_BOOKING], "For when?", agents=AGENTS) as talk:
        await talk.begin("A table for four.")
        await talk.until(lambda: "For when?" in talk.said)
        assert entered(talk) == [("reception", "start"), ("booking", "llm")]
        assert talk.said == ["A table for four.", "For when?"]
        assert "Find out what the caller wants." in prompt(talk, 0)
        assert "Book a table for {{ people }} people." in prompt(talk)
        assert "people: 4" in prompt(talk)
        assert "Find out" not in prompt(talk)
        assert [each["role"] for each in talk.model.asked[-1]].count("user") == 1


async def test_arguments_that_do_not_fit_are_told_and_nothing_happens() -> None:
    wrong = call("handoff_to_booking", people=40)
    async with talking(None, [wrong], "How many?", agents=AGENTS) as talk:
        await talk.say("A table for forty.")
        assert "12" in talk.told()[0]
        assert entered(talk) == [("reception", "start")]


async def test_the_first_of_two_handoffs_wins_and_the_llm_is_told_why_the_other_did_not() -> None:
    agents = {
        **AGENTS,
        "complaint": {"instructions": "Listen.", "handoffs": {"back": {"when": "Else."}}},
    }
    from_anywhere = {"complaint": {"when": "The caller is unhappy."}}
    replies = [[TO_BOOKING, call("handoff_to_complaint")], "For when?"]
    async with talking(None, *replies, agents=agents, handoffs=from_anywhere) as talk:
        await talk.begin("A table for four.")
        await talk.until(lambda: "For when?" in talk.said)
        assert entered(talk)[-1] == ("booking", "llm")
        assert any("goes to booking already" in told for told in talk.told())
        (refused,) = [event for event in talk.events if event.name == "handoff_refused"]
        assert refused.tool == "complaint"


async def test_back_leads_to_where_the_call_came_from() -> None:
    replies = [[TO_BOOKING], "For when?", [call("handoff_back")], "What else?"]
    async with talking(None, *replies, agents=AGENTS) as talk:
        await talk.begin("A table for four.")
        await talk.until(lambda: "For when?" in talk.said)
        await talk.begin("Rather something else.")
        await talk.until(lambda: "What else?" in talk.said)
        assert entered(talk)[1:] == [("booking", "llm"), ("reception", "back")]
        assert "Find out what the caller wants." in prompt(talk)


async def test_an_agent_greets_on_its_first_entry_only() -> None:
    booking = {**BOOKING, "on_enter": {"say": "Welcome to bookings."}}
    agents = {"reception": RECEPTION, "booking": booking}
    replies = [[TO_BOOKING], [call("handoff_back")], "Yes?", [TO_BOOKING], "For when, then?"]
    async with talking(None, *replies, agents=agents) as talk:
        await talk.begin("A table for four.")
        await talk.until(lambda: "Welcome to bookings." in talk.said)
        await talk.begin("Rather not.")
        await talk.until(lambda: "Yes?" in talk.said)
        await talk.begin("A table after all.")
        await talk.until(lambda: "For when, then?" in talk.said)
        assert talk.said.count("Welcome to bookings.") == 1


async def test_every_greets_each_time() -> None:
    booking = {**BOOKING, "on_enter": {"say": "Welcome to bookings.", "every": True}}
    agents = {"reception": RECEPTION, "booking": booking}
    replies = [[TO_BOOKING], [call("handoff_back")], "Yes?", [TO_BOOKING]]
    async with talking(None, *replies, agents=agents) as talk:
        await talk.begin("A table for four.")
        await talk.until(lambda: "Welcome to bookings." in talk.said)
        await talk.begin("Rather not.")
        await talk.until(lambda: "Yes?" in talk.said)
        await talk.begin("A table after all.")
        await talk.until(lambda: talk.said.count("Welcome to bookings.") == 2)


async def test_what_is_said_at_a_handoff_comes_before_the_agents_own_words() -> None:
    handoff = {**RECEPTION["handoffs"]["booking"], "say": "I will take your booking."}
    reception = {**RECEPTION, "handoffs": {"booking": handoff}}
    agents = {"reception": reception, "booking": BOOKING}
    async with talking(None, [TO_BOOKING], "For when?", agents=agents) as talk:
        await talk.begin("A table for four.")
        await talk.until(lambda: "For when?" in talk.said)
        assert talk.said[1:] == ["I will take your booking.", "For when?"]


async def test_a_tool_that_has_succeeded_hands_over_without_the_llm() -> None:
    async with serving() as service:
        tools = {
            "book": {"description": "Books a table.", "http": f"POST {service.url}/bookings"},
            "end_call": {"say": "Goodbye."},
        }
        agents = {
            "booking": {
                "instructions": "Book.",
                "tools": ["book"],
                "handoffs": {"goodbye": {"when": {"tool": "book"}}},
            },
            "goodbye": {"instructions": "Ask what else.", "tools": ["end_call"]},
        }
        async with talking(tools, [call("book")], "Anything else?", agents=agents) as talk:
            await talk.begin("A table.")
            await talk.until(lambda: "Anything else?" in talk.said)
            assert entered(talk)[-1] == ("goodbye", "tool")
            assert talk.told() == ['{"id": "B-17"}']
            assert offered(talk, 0) == ["book"]
            assert offered(talk) == ["end_call"]


async def test_a_tool_that_fails_hands_nothing_over() -> None:
    async with serving((500, None)) as service:
        tools = {
            "book": {
                "description": "Books a table.",
                "http": f"POST {service.url}/bookings",
                "on_error": "It did not work.",
            }
        }
        agents = {
            "booking": {
                "instructions": "Book.",
                "handoffs": {"goodbye": {"when": {"tool": "book"}}},
            },
            "goodbye": {"instructions": "Ask what else."},
        }
        async with talking(tools, [call("book")], "Sorry.", agents=agents) as talk:
            await talk.say("A table.")
            assert entered(talk) == [("booking", "start")]


async def test_a_variable_with_its_value_hands_over_before_a_word_is_said() -> None:
    variables = {"tier": {"default": "gold", "enum": ["gold", "standard"]}}
    agents = {
        "reception": {
            "instructions": "Find out what the caller wants.",
            "on_enter": {"say": "Hello."},
            "handoffs": {"personal": {"when": {"variable": "tier", "is": "gold"}}},
        },
        "personal": {"instructions": "Be kind.", "on_enter": {"say": "How nice of you to call."}},
    }
    async with talking(None, "Yes.", agents=agents, variables=variables) as talk:
        await talk.until(lambda: talk.said)
        assert talk.said == ["How nice of you to call."]
        assert entered(talk) == [("reception", "start"), ("personal", "variable")]


@pytest.mark.parametrize(
    ("mode", "known"),
    [("keep", ["Hello.", "A table."]), ("none", []), ({"last": 1}, ["A table."])],
)
async def test_an_agent_knows_as_much_of_the_talk_as_the_profile_says(
    mode: Any, known: list[str]
) -> None:
    agents = {"reception": RECEPTION, "booking": {**BOOKING, "chat_ctx": mode}}
    async with talking(None, "Yes?", [TO_BOOKING], "For when?", agents=agents) as talk:
        await talk.say("Hello.")
        await talk.begin("A table.")
        await talk.until(lambda: "For when?" in talk.said)
        users = [each["content"] for each in talk.model.asked[-1] if each["role"] == "user"]
        assert users == known


async def test_a_summary_takes_the_place_of_what_was_said() -> None:
    agents = {"reception": RECEPTION, "booking": {**BOOKING, "chat_ctx": "summary"}}
    replies = ["Yes?", [TO_BOOKING], "Ada wants a table.", "For when?"]
    async with talking(None, *replies, agents=agents) as talk:
        await talk.say("Hello, Ada here.")
        await talk.begin("A table.")
        await talk.until(lambda: "For when?" in talk.said)
        written = str(talk.model.asked[-1])
        assert "Ada wants a table." in written
        assert "Ada here" not in written


async def test_what_is_typed_during_the_change_is_answered_by_the_next_agent() -> None:
    speaking = asyncio.Event()
    replies = [["Sure.", TO_BOOKING, speaking], "For when?", "On Friday, then."]
    async with talking(None, *replies, agents=AGENTS) as talk:
        await talk.begin("A table for four.")
        await talk.until(lambda: talk.state.agent == "booking")
        typing = asyncio.create_task(talk.begin("On Friday, please."))
        speaking.set()
        await typing
        await talk.until(lambda: "On Friday, then." in talk.said)
        assert entered(talk)[-1] == ("booking", "llm")
        assert "On Friday, please." in str(talk.model.asked[-1])
        assert "Book a table" in prompt(talk)


async def test_agents_cannot_send_a_call_in_circles(caplog: pytest.LogCaptureFixture) -> None:
    agents = {
        "one": {"instructions": "One.", "handoffs": {"two": {"when": "Always."}}},
        "two": {"instructions": "Two.", "handoffs": {"one": {"when": "Always."}}},
    }
    turns = [[call(f"handoff_to_{('two', 'one')[n % 2]}")] for n in range(7)]
    async with talking(None, *turns, "What shall I do?", agents=agents) as talk:
        await talk.begin("Hello.")
        await talk.until(lambda: "What shall I do?" in talk.said)
        assert len(entered(talk)) == 7
        assert "round too often" in talk.told()[-1]
        (refused,) = [event for event in talk.events if event.name == "handoff_refused"]
        assert refused.tool == "two"
        assert "the agents have changed 6 times without a word" in caplog.text


COLLECTING: dict[str, Any] = {
    "details": {
        "instructions": "Take the details.",
        "collect": {"guests": {"type": "integer", "description": "How many guests."}},
        "handoffs": {
            "booking": {"when": "collected"},
            "goodbye": {"when": "The caller does not want to go on."},
        },
    },
    "booking": {"instructions": "Book for {{ guests }}."},
    "goodbye": {"instructions": "Say goodbye."},
}


async def test_an_agent_that_has_collected_everything_hands_over_by_itself() -> None:
    replies = ["How many?", [call("update_guests", value=4)], "For when?"]
    async with talking(None, *replies, agents=COLLECTING) as talk:
        await talk.until(lambda: "How many?" in talk.said)
        await talk.begin("Four.")
        await talk.until(lambda: "For when?" in talk.said)
        assert entered(talk) == [("details", "start"), ("booking", "collected")]
        assert talk.said == ["How many?", "Four.", "For when?"]
        assert "guests: 4" in prompt(talk)


async def test_a_caller_may_go_elsewhere_while_an_agent_collects() -> None:
    replies = ["How many?", [call("handoff_to_goodbye")], "Goodbye, then."]
    async with talking(None, *replies, agents=COLLECTING) as talk:
        await talk.until(lambda: "How many?" in talk.said)
        await talk.begin("I have changed my mind.")
        await talk.until(lambda: "Goodbye, then." in talk.said)
        assert entered(talk)[-1] == ("goodbye", "llm")
        assert talk.said == ["How many?", "I have changed my mind.", "Goodbye, then."]


async def test_what_a_handoff_brings_is_not_asked_for_again() -> None:
    with_guests = {"guests": {"type": "integer", "description": "How many guests."}}
    reception = {
        "instructions": "Find out what the caller wants.",
        "handoffs": {"details": {"when": "A booking.", "with": with_guests}},
    }
    agents = {"reception": reception, **COLLECTING}
    replies = [[call("handoff_to_details", guests=4)], "For when?"]
    async with talking(None, *replies, agents=agents) as talk:
        await talk.begin("A table for four.")
        await talk.until(lambda: "For when?" in talk.said)
        assert entered(talk) == [
            ("reception", "start"),
            ("details", "llm"),
            ("booking", "collected"),
        ]
