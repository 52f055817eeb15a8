"""Agents that collect, among others: where the call goes from there, and what comes with it."""

from __future__ import annotations

from typing import Any

from support.tool_talk import Talk, call, talking

ADA = "ada@example.com"
EMAIL = {"task": "email"}
TIER = {"type": "string", "enum": ["gold", "silver"], "description": "The tier."}
DESK: dict[str, Any] = {"instructions": "Take the caller's details."}


def agents(collect: Any, when: Any, **keys: Any) -> dict[str, Any]:
    """Return an agent that collects, and one that the call goes on to."""
    desk = {**DESK, "collect": collect, "handoffs": {"rest": {"when": when}}, **keys}
    return {"desk": desk, "rest": {"instructions": "Say goodbye."}}


def entered(talk: Talk) -> list[tuple[str, str]]:
    """Return the agents that have held the call, and how each came to hold it."""
    events = [event for event in talk.events if event.name == "agent_entered"]
    return [(event.tool, event.details["by"]) for event in events]


def happened(talk: Talk) -> list[tuple[str, str]]:
    """Return what has happened to fields and agents."""
    return [(event.name, event.tool) for event in talk.events]


async def said(talk: Talk, text: str) -> None:
    """Wait until somebody has said this."""
    await talk.until(lambda: text in talk.said)


async def test_the_call_goes_on_once_all_is_collected() -> None:
    replies = ["Your email?", call("update_email_address", email=ADA), "Goodbye."]
    async with talking(None, *replies, agents=agents({"mail": EMAIL}, "collected")) as talk:
        await said(talk, "Your email?")
        await talk.begin("Ada at example dot com.")
        await said(talk, "Goodbye.")
        assert entered(talk) == [("desk", "start"), ("rest", "collected")]
        assert talk.said == ["Your email?", "Ada at example dot com.", "Goodbye."]


async def test_the_call_goes_on_as_soon_as_a_field_has_the_value_for_it() -> None:
    collect = {"tier": TIER, "mail": EMAIL}
    replies = ["Which tier?", call("update_tier", value="gold"), "Goodbye."]
    parts = agents(collect, {"variable": "tier", "is": "gold"})
    async with talking(None, *replies, agents=parts) as talk:
        await said(talk, "Which tier?")
        await talk.begin("Gold.")
        await said(talk, "Goodbye.")
        assert entered(talk) == [("desk", "start"), ("rest", "variable")]
        assert ("field_collected", "tier") in happened(talk)


async def test_the_llm_hands_over_in_the_middle_and_nothing_collected_is_lost() -> None:
    replies = ["Your email?", call("update_email_address", email=ADA), "Which tier?"]
    replies += [call("handoff_to_rest"), "Goodbye."]
    parts = agents({"mail": EMAIL, "tier": TIER}, "The caller wants to leave.")
    async with talking(None, *replies, agents=parts) as talk:
        await said(talk, "Your email?")
        await talk.begin("Ada at example dot com.")
        await said(talk, "Which tier?")
        await talk.begin("I have to go.")
        await said(talk, "Goodbye.")
        assert entered(talk) == [("desk", "start"), ("rest", "llm")]
        assert talk.state.values.get("mail") == ADA
        assert not talk.state.values.is_set("tier")
        assert ("field_refused", "tier") not in happened(talk)
        history = [each["content"] for each in talk.model.asked[-1] if each["role"] == "user"]
        assert history == ["Ada at example dot com.", "I have to go."]


async def test_an_agent_that_is_entered_again_asks_for_the_rest_alone() -> None:
    replies = ["Your email?", call("update_email_address", email=ADA), "Which tier?"]
    replies += [call("handoff_to_rest"), "Goodbye?", call("handoff_back"), "Which tier, now?"]
    replies += [call("update_tier", value="gold"), "Thank you."]
    parts = agents({"mail": EMAIL, "tier": TIER}, "The caller wants to leave.")
    parts["rest"]["handoffs"] = {"back": {"when": "The caller stays."}}
    async with talking(None, *replies, agents=parts) as talk:
        await said(talk, "Your email?")
        await talk.begin("Ada at example dot com.")
        await said(talk, "Which tier?")
        await talk.begin("I have to go.")
        await said(talk, "Goodbye?")
        await talk.begin("No, I stay.")
        await said(talk, "Which tier, now?")
        await talk.begin("Gold.")
        await said(talk, "Thank you.")
        assert [each for each in happened(talk) if each[0] == "field_collected"] == [
            ("field_collected", "mail"),
            ("field_collected", "tier"),
        ]


async def test_handoffs_remain_where_the_caller_refuses_what_is_required() -> None:
    replies = ["Your email?", call("decline_email_capture", reason="private"), "What now?"]
    replies += [call("handoff_to_rest"), "Goodbye."]
    parts = agents({"mail": EMAIL}, "The caller wants to leave.")
    async with talking(None, *replies, agents=parts) as talk:
        await said(talk, "Your email?")
        await talk.begin("I won't say.")
        await said(talk, "What now?")
        await talk.begin("I have to go.")
        await said(talk, "Goodbye.")
        assert entered(talk)[-1] == ("rest", "llm")


async def test_what_is_refused_does_not_count_as_collected() -> None:
    replies = ["Your email?", call("decline_email_capture", reason="private"), "What now?"]
    async with talking(None, *replies, agents=agents({"mail": EMAIL}, "collected")) as talk:
        await said(talk, "Your email?")
        await talk.begin("I won't say.")
        await said(talk, "What now?")
        assert entered(talk) == [("desk", "start")]


async def test_an_agent_that_collects_opens_the_call_before_it_asks() -> None:
    parts = agents({"mail": EMAIL}, "collected", on_enter={"say": "Welcome."})
    async with talking(None, "Your email?", agents=parts) as talk:
        await said(talk, "Your email?")
        assert talk.said == ["Welcome.", "Your email?"]
        assert talk.model.asked[0][-1]["role"] == "system"  # LiveKit's request to ask
        assert "Welcome." in [each["content"] for each in talk.model.asked[0]]


async def test_a_tool_that_collects_is_given_up_where_the_llm_hands_over_meanwhile() -> None:
    tool = {"description": "Books a table.", "result": "Booked.", "collect": ["email"]}
    parts = {
        "desk": {**DESK, "handoffs": {"rest": {"when": "The caller wants to leave."}}},
        "rest": {"instructions": "Say goodbye."},
    }
    replies = [call("book"), "Your email?", call("handoff_to_rest"), "Goodbye."]
    async with talking({"book": tool}, *replies, agents=parts) as talk:
        await talk.begin("A table.")
        await said(talk, "Your email?")
        await talk.begin("I have to go.")
        await said(talk, "Goodbye.")
        assert entered(talk) == [("desk", "start"), ("rest", "llm")]
        assert talk.said == ["A table.", "Your email?", "I have to go.", "Goodbye."]
        ended = [event for event in talk.events if event.name == "tool_ended"]
        assert [event.details["status"] for event in ended] == ["error"]
