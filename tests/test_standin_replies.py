"""Which reply comes next: requests are counted, and not what the assistant has said."""

from __future__ import annotations

from typing import Any

from voice_agent.standin.calls import KnownCall
from voice_agent.standin.replies import Progress, Reply, ToolCall

Message = dict[str, Any]
DESK = {"role": "system", "content": "You are at the desk."}
KITCHEN = {"role": "system", "content": "You are in the kitchen."}
REPLIES = ("One.", "Two.", {"call": "book_table", "with": {"people": 4}}, "Four.", "Five.")


def user(text: str) -> Message:
    return {"role": "user", "content": text}


def agent(text: str) -> Message:
    return {"role": "assistant", "content": text}


class Talk:
    """One conversation with the language model of a call."""

    def __init__(self, *replies: Any) -> None:
        self.call = KnownCall(replies or REPLIES)
        self.progress = Progress()
        self.ids: list[str] = []

    def ask(self, *messages: Message, delivered: bool = True, tools: str = "") -> Reply:
        names = frozenset(tools.split())
        reply = self.call.reply(self.progress.step(messages, names))
        self.ids = [f"id {number} of {len(self.ids)}" for number, _ in enumerate(reply.calls)]
        self.progress.answering(reply, self.ids)
        if delivered:
            self.progress.delivered()
        return reply

    def result(self, text: str = "{}") -> list[Message]:
        """What LiveKit sends of a call that was made, and of what came of it."""
        function = {"name": "book_table", "arguments": "{}"}
        calls = [{"id": each, "type": "function", "function": function} for each in self.ids]
        outputs = [{"role": "tool", "tool_call_id": each, "content": text} for each in self.ids]
        return [{"role": "assistant", "tool_calls": calls}, *outputs]


def test_a_conversation_gets_one_reply_after_the_other_and_a_step_of_a_tool_is_one() -> None:
    talk = Talk()
    said = [DESK, user("Hello.")]
    assert talk.ask(*said).text == "One."
    said += [agent("One."), user("A table.")]
    assert talk.ask(*said).text == "Two."
    said += [agent("Two."), user("Four.")]
    assert talk.ask(*said).calls == (ToolCall("book_table", {"people": 4}),)
    assert talk.ask(*said, *talk.result()).text == "Four."
    assert not talk.ask(*said, agent("Four."), user("Bye."), agent("Five."), user("?")).calls


def test_a_turn_that_is_asked_again_with_more_words_gets_the_same_reply() -> None:
    talk = Talk()
    assert talk.ask(DESK, user("A table")).text == "One."
    assert talk.ask(DESK, user("A table, for four"), delivered=False).text == "One."
    assert talk.ask(DESK, user("A table for four, please.")).text == "One."
    heard = [DESK, user("A table for four, please."), agent("One.")]
    assert talk.ask(*heard, user("Tomorrow")).text == "Two."


def test_a_request_that_is_repeated_after_a_failure_gets_the_same_reply() -> None:
    talk = Talk()
    for _ in range(3):
        assert talk.ask(DESK, user("Hello."), delivered=False).text == "One."


def test_an_answer_of_which_nothing_was_heard_is_given_to_the_next_words() -> None:
    talk = Talk()
    talk.ask(DESK, user("Hello."), delivered=False)
    assert talk.ask(DESK, user("Hello."), user("Is anybody there?")).text == "One."


def test_an_answer_that_was_cut_has_been_given() -> None:
    talk = Talk("One, two, three.", "Two.")
    talk.ask(DESK, user("Hello."))
    assert talk.ask(DESK, user("Hello."), agent("One,"), user("Stop.")).text == "Two."


def test_a_call_whose_tool_runs_while_the_caller_goes_on_is_not_made_again() -> None:
    talk = Talk({"call": "book_table"}, "It is under way.", "It is done.")
    said = [DESK, user("Book it.")]
    talk.ask(*said)
    # LiveKit leaves a call out for which there is no result yet.
    assert talk.ask(*said, user("Are you there?")).text == "It is under way."


def test_a_sentence_spoken_while_a_tool_runs_is_not_taken_for_the_reply() -> None:
    talk = Talk({"call": "book_table"}, "Done.")
    said = [DESK, user("Book it")]
    talk.ask(*said, delivered=False)
    assert talk.ask(DESK, user("Book it, please."), delivered=False).calls
    said = [DESK, user("Book it, please."), agent("One moment please.")]
    assert talk.ask(*said, *talk.result()).text == "Done."


def test_a_conversation_that_begins_anew_gets_the_next_reply() -> None:
    talk = Talk("One.", "Two.", "Three.")
    talk.ask(DESK, user("Hello."))
    talk.ask(DESK, user("Hello."), agent("One."), user("I am hungry."))
    assert talk.ask(KITCHEN, user("I am hungry.")).text == "Three."


def test_another_agent_that_is_told_of_nothing_gets_the_next_reply() -> None:
    talk = Talk({"call": "to_kitchen"}, "Here is the kitchen.")
    talk.ask(DESK, user("I am hungry."))
    assert talk.ask(KITCHEN).text == "Here is the kitchen."
    talk = Talk({"call": "to_kitchen"}, "Here is the kitchen.")
    talk.ask(DESK, user("I am hungry."))
    assert talk.ask(KITCHEN, user("Good evening")).text == "Here is the kitchen."


def test_instructions_that_change_with_the_time_do_not_make_another_turn() -> None:
    talk = Talk()
    later = {"role": "system", "content": "You are at the desk. It is 10:01."}
    talk.ask(DESK, user("A table"))
    assert talk.ask(later, user("A table for four")).text == "One."


def test_a_text_and_several_calls_are_one_reply() -> None:
    first = {"call": "a", "say": "One moment."}
    reply = Reply.of([first, {"call": "b", "with": {"x": 1}}])
    assert reply == Reply("One moment.", (ToolCall("a"), ToolCall("b", {"x": 1})))
    assert not Reply.of("")


def test_an_agent_that_takes_over_gets_the_next_reply_although_nobody_spoke() -> None:
    """LiveKit leaves the call of the handoff out of what it hands over."""
    talk = Talk({"call": "handoff_to_kitchen"}, "This is the kitchen.")
    said = (user("The kitchen, please."),)
    assert talk.ask(DESK, *said, tools="handoff_to_kitchen").calls
    assert talk.ask(KITCHEN, *said, tools="menu").text == "This is the kitchen."


def test_a_handoff_that_did_not_get_through_is_made_again() -> None:
    talk = Talk({"call": "handoff_to_kitchen"}, "This is the kitchen.")
    said = (user("The kitchen, please."),)
    assert talk.ask(DESK, *said, tools="handoff_to_kitchen", delivered=False).calls
    assert talk.ask(DESK, *said, tools="handoff_to_kitchen").calls
