"""What the language model of a call does once the caller has said something, and once it can."""

from __future__ import annotations

from typing import Any

from voice_agent.standin.calls import KnownCall
from voice_agent.standin.cues import Cue, Prompter

CUES = [
    Cue("a table", {"call": "handoff_to_booking", "with": {"people": 4}}),
    Cue("a table", {"call": "book_table"}),
    Cue("goodbye", {"call": "end_call"}),
]


def user(text: str) -> dict[str, Any]:
    return {"role": "user", "content": text}


def test_a_cue_waits_for_the_words_of_the_caller() -> None:
    prompter = Prompter(CUES, "Certainly.")
    assert prompter.reply(0, [user("Hello.")], ["handoff_to_booking"]).text == "Certainly."
    reply = prompter.reply(1, [user("Hello."), user("I want a table.")], ["handoff_to_booking"])
    assert [each.tool for each in reply.calls] == ["handoff_to_booking"]


def test_a_cue_waits_for_its_tools_and_is_given_once() -> None:
    prompter = Prompter(CUES, "Certainly.")
    said = [user("I want a table.")]
    assert prompter.reply(0, said, ["end_call"]).text == "Certainly."
    assert prompter.reply(1, said, ["handoff_to_booking"]).calls
    assert prompter.reply(2, said, ["handoff_to_booking"]).text == "Certainly."
    assert [each.tool for each in prompter.reply(3, said, ["book_table"]).calls] == ["book_table"]


def test_a_request_that_is_made_again_gets_the_same_cue() -> None:
    prompter = Prompter(CUES, "Certainly.")
    said = [user("I want a table.")]
    first = prompter.reply(0, said, ["handoff_to_booking"])
    assert prompter.reply(0, [*said, user("Please.")], ["handoff_to_booking"]) == first


def test_an_agent_that_is_told_nothing_of_the_caller_goes_on_with_the_cues() -> None:
    prompter = Prompter(CUES, "Certainly.")
    prompter.reply(0, [user("I want a table.")], ["handoff_to_booking"])
    assert prompter.reply(1, [], ["book_table"]).calls


def test_cues_reach_the_stand_in_as_they_are() -> None:
    call = KnownCall(cues=tuple(CUES), otherwise="Certainly.")
    assert KnownCall.from_json(call.to_json()) == call
