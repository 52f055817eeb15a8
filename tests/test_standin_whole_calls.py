"""Whole calls offline: several agents, what they collect and their menus, and nobody to help."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass, field, replace
from typing import Any

import pytest
import yaml
from livekit.agents import inference
from support.clients import access, clients, until
from support.profiles import make_profile

from voice_agent.rehearsal.plan import plain_reply
from voice_agent.rehearsal.services import with_services
from voice_agent.runtime import models
from voice_agent.runtime.text_call import AgentHolds, AgentSays, Event, TextCall, text_call
from voice_agent.standin.calls import KnownCall
from voice_agent.standin.gateway import Gateway

pytestmark = pytest.mark.usefixtures("fast_llm")

LUIGIS = """
instructions: You are the receptionist of Luigi's. Be brief.
on_enter: {say: Good evening.}
agents:
  reception:
    instructions: Find out what the caller wants.
    handoffs: {details: {when: The caller wants a table., say: I will take it down.}}
  details:
    instructions: Take down who comes.
    collect:
      caller_name: {task: name, last_name: true}
      email: {task: email, require_confirmation: true}
      guests:
        type: integer
        maximum: 12
        description: How many will come.
        confirm: true
        rejections: {maximum: For more the manager calls back.}
    handoffs: {booking: {when: collected}, back: {when: The caller wants something else.}}
  booking:
    instructions: Book a table for {{ guests }} in the name of {{ caller_name }}.
    tools: [book_table]
    chat_ctx: summary
tools:
  book_table:
    description: Books the table.
    parameters: {time: {type: string, description: When they come.}}
    result: It is booked.
  opening_hours: {description: Says when we are open., result: From ten to ten.}
"""
DIALLED = """
instructions: You are the telephone of Luigi's.
agents:
  start:
    menu:
      say: For our hours press 1, for a table press 2.
      keys:
        "1": {say: We are open from ten to ten., when: The caller asks when we are open.}
        "2": {handoff: booking, when: The caller wants a table.}
  booking:
    instructions: Book a table.
    handoffs: {back: {when: The caller wants something else.}}
"""


@dataclass
class Whole:
    """A call that is under way, and what has happened in it."""

    call: TextCall
    events: list[Event] = field(default_factory=list)

    @property
    def said(self) -> str:
        """What the agents have said."""
        return "".join(each.text for each in self.events if isinstance(each, AgentSays))

    @property
    def held(self) -> list[str]:
        """Which agents have taken over, in order."""
        return [each.name for each in self.events if isinstance(each, AgentHolds)]

    async def heard(self, words: str, line: str = "") -> None:
        """Type a line, and wait until an agent has said these words."""
        already = len(self.said) if line else 0
        if line:
            await self.call.answer(line)
        await until(lambda: words in self.said[already:])


@asynccontextmanager
async def calling(
    text: str, monkeypatch: pytest.MonkeyPatch, *replies: Any
) -> AsyncIterator[Whole]:
    """Take a call in text of a profile with these keys, whose llm the stand-in plays."""
    profile = replace(make_profile(**yaml.safe_load(text)), stt=None, tts=None, vad=None)
    async with Gateway() as gateway, clients():
        url = await gateway.register(with_services(KnownCall(tuple(replies)), profile))
        async with aclosing(inference.LLM("openai/gpt-4.1-mini", **access(url))) as llm:
            monkeypatch.setattr(models, "thinking", lambda *_, **__: llm)
            events: list[Event] = []
            async with text_call(profile, events.append) as call:
                yield Whole(call, events)


async def test_details_are_collected_corrected_and_handed_over(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async with calling(LUIGIS, monkeypatch) as whole:
        await whole.heard("Good evening.")
        await whole.heard("your first name", "I'd like a table, please.")
        await whole.heard("your last name", "Ada")
        await whole.heard("your email address", "King")
        await whole.heard("I have noted ada@example.com", "ada at example dot com")
        await whole.heard("a d a . k i n g @", "No, it is ada dot king at example dot com")
        await whole.heard("How many will come.", "Yes.")
        await whole.heard("For more the manager calls back.", "twenty-three")
        await whole.heard("I have noted 4", "Then four.")
        await whole.heard("Book a table for 4 in the name of Ada King.", "That's right.")
        await whole.heard("It is booked.", "Please book the table, at seven o'clock.")
        assert whole.held == ["reception", "details", "booking"]
        assert "I will take it down." in whole.said


async def test_a_caller_leaves_while_something_is_collected(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async with calling(LUIGIS, monkeypatch) as whole:
        await whole.heard("Good evening.")
        await whole.heard("your first name", "I'd like a table, please.")
        await whole.heard("This is reception", "No, I want something else.")
        assert whole.held == ["reception", "details", "reception"]


async def test_a_question_that_a_tool_answers_is_answered_while_something_is_collected(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async with calling(LUIGIS, monkeypatch) as whole:
        await whole.heard("Good evening.")
        await whole.heard("your first name", "I'd like a table, please.")
        answer = "From ten to ten. The offline stand-in needs to know: your first name."
        await whole.heard(answer, "When are you open?")
        await whole.heard("your email address", "I am Ada King.")


async def test_replies_hand_over_collect_and_go_on_after_a_summary(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    profile = make_profile(
        **yaml.safe_load(LUIGIS),
        rehearsal=[
            {
                "name": "a table",
                "replies": [
                    {"handoff": "details"},
                    "And you are?",
                    {"collect": {"caller_name": "Ada King"}},
                    "Your address?",
                    {"collect": {"email": "ada@example.com"}},
                    "Is it that one?",
                    {"call": "confirm_email_address"},
                    "How many?",
                    {"collect": {"guests": 4}},
                    "Four?",
                    {"call": "confirm_guests"},
                    "The booking desk.",
                ],
                "turns": [{"type": "A table.", "expect": [{"event": "response"}]}],
            }
        ],
    )
    replies = map(plain_reply, profile.rehearsal[0].replies)
    async with calling(LUIGIS, monkeypatch, *replies) as whole:
        await whole.heard("Good evening.")
        await whole.heard("And you are?", "A table.")
        await whole.heard("Your address?", "Ada King.")
        await whole.heard("Is it that one?", "ada@example.com")
        await whole.heard("How many?", "Yes.")
        await whole.heard("Four?", "Four.")
        await whole.heard("The booking desk.", "Yes.")
        assert whole.held == ["reception", "details", "booking"]


async def test_a_menu_is_followed_by_who_says_what_a_key_is_for(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async with calling(DIALLED, monkeypatch) as whole:
        await whole.heard("press 2")
        await whole.heard("from ten to ten", "When are you open?")
        await whole.heard("This is booking.", "I would like a table.")
        await whole.heard("press 2", "Something else, please.")
        assert whole.held == ["start", "booking", "start"]
