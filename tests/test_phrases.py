"""Which words invite callers to interrupt, which forbid it, and which do neither."""

from __future__ import annotations

import time

import pytest

from voice_agent.lint.interruption_phrases import invitation, prohibition

INVITING = [
    "Tell callers to feel free to interrupt me.",
    "The caller can interrupt you at any time.",
    "Users may cut in whenever they like.",
    "Let the caller interrupt.",
    "Encourage people to interrupt you when they are lost.",
    "Callers should feel free to interrupt.",
    "They are welcome to interrupt you.",
    "You are interruptible.",
    "You're always interruptable, so stop at once.",
    "You can be interrupted.",
    "Allow interruptions.",
    "Interruptions are welcome.",
    "The customer can talk over you.",
    "İİİİ! YOU CAN BE INTERRUPTED",
    "Anyone may\n    barge in, at\n    any time.",
]
FORBIDDING = [
    "Do not let the caller interrupt.",
    "Don't let callers interrupt you.",
    "You are not interruptable.",
    "You're not interruptible, whatever happens.",
    "You are a helpful assistant communicating through voice who is not interruptable.",
    "You are uninterruptible.",
    "Never allow anyone to cut you off.",
    "The caller cannot interrupt you.",
    "Callers must not cut in.",
    "The user is not allowed to interrupt you while you read the notice.",
    "Nobody may interrupt you.",
    "No caller can interrupt you.",
    "You must not be interrupted.",
    "Your opening cannot be interrupted.",
    "Do not allow interruptions.",
    "Interruptions are not allowed.",
    "Tell callers not to interrupt you.",
    "Read the terms without letting the caller interrupt.",
    "Keep talking even if the caller tries to interrupt.",
    "You aren't interruptible.",
    "Never let yourself be interrupted.",
    "Don''t let callers interrupt you.",
    "Don\N{RIGHT SINGLE QUOTATION MARK}t let callers interrupt you.",
]
# The agent interrupting the caller, other things that are interrupted, and what is left open.
NEITHER = [
    "Do not interrupt the caller.",
    "Never interrupt the user while they speak.",
    "Let the caller finish, and do not interrupt.",
    "Let the caller speak without interrupting them.",
    "If the caller rambles, you may interrupt them politely.",
    "If the caller rambles, feel free to interrupt.",
    "Feel free to interrupt the caller when time is short.",
    "Handle interruptions gracefully.",
    "If you are interrupted, stop and listen.",
    "When the caller interrupts, stop speaking and listen.",
    "Tell the caller that they must not interrupt their medication.",
    "The service must not be interrupted.",
    "We sell uninterruptible power supplies.",
    "You are an uninterruptible power supply expert.",
    "The caller may interrupt the subscription at any time.",
    "Callers can cut in half the time by using the website.",
    "Do not interrupt me while I am speaking.",
    "You are the receptionist of a small office.",
    "Keep talking points short.",
    "",
]


@pytest.mark.parametrize("text", INVITING)
def test_an_invitation_is_found(text: str) -> None:
    assert invitation(text)
    assert prohibition(text) is None


@pytest.mark.parametrize("text", FORBIDDING)
def test_a_prohibition_is_found(text: str) -> None:
    assert prohibition(text)
    assert invitation(text) is None


@pytest.mark.parametrize("text", NEITHER)
def test_what_is_no_statement_on_callers_interrupting_is_left_alone(text: str) -> None:
    assert invitation(text) is None
    assert prohibition(text) is None


@pytest.mark.parametrize(
    "text", ["You can interrupt me at any time.", "Feel free to interrupt.", "Interrupt me!"]
)
def test_what_the_agent_says_is_an_invitation_to_the_caller(text: str) -> None:
    assert invitation(text, spoken=True)


@pytest.mark.parametrize(
    "text",
    ["Please do not interrupt me.", "You cannot interrupt this message.", "Don't interrupt."],
)
def test_what_the_agent_says_is_a_prohibition_to_the_caller(text: str) -> None:
    assert prohibition(text, spoken=True)
    assert invitation(text, spoken=True) is None


def test_a_promise_to_the_caller_says_nothing_on_callers_interrupting() -> None:
    assert prohibition("I will not interrupt you.", spoken=True) is None


def test_the_words_are_pointed_at_over_line_breaks() -> None:
    text = "Be brief.\n  Callers\n  may interrupt\n  you, always."
    start, end = invitation(text) or (0, 0)
    assert text[start:end] == "Callers\n  may interrupt\n  you"


def test_a_text_made_to_be_slow_is_not() -> None:
    text = "they may let the caller never not interrupt the " * 20_000
    started = time.process_time()
    invitation(text)
    prohibition(text)
    assert time.process_time() - started < 1
