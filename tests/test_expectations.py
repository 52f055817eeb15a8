"""What comes of every expectation of a scenario, and the sentence that says so."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from types import SimpleNamespace

import pytest

from voice_agent.format.scenario import Expectation, Scenario, ScenarioTurn
from voice_agent.rehearsal import scenario_player
from voice_agent.rehearsal.results import Check, Event


class TimedCall:
    """A call in which these events happen at their times, of a clock that nobody waits for."""

    opens = False

    def __init__(self, *events: Event) -> None:
        self.now = 0.0
        self._coming = sorted(events, key=lambda event: event.at)
        self._typed: list[Event] = []

    @property
    def events(self) -> list[Event]:
        return self._typed + [event for event in self._coming if event.at <= self.now]

    @property
    def speaker(self) -> SimpleNamespace:
        return SimpleNamespace(playing=not self.silent, undecided=False)

    @property
    def silent(self) -> bool:
        return self.count("bot_started_speaking") == self.count("bot_stopped_speaking")

    @property
    def over(self) -> bool:
        return self.count("call_ended") > 0

    def count(self, name: str, since: float = 0.0) -> int:
        return sum(event.name == name and event.at >= since for event in self.events)

    def spoke(self, since: float, until: float) -> bool:
        return any(event.name == "bot_started_speaking" for event in self.events)

    def type(self, text: str) -> None:
        self._typed.append(Event(self.now, "user_typed", text))

    async def until(self, happened: Callable[[], bool], within: float = 120.0) -> bool:
        deadline = self.now + within
        while not happened() and self.now < deadline:
            before = self.now
            await asyncio.sleep(0)
            # Whoever waits as well may have moved the clock already.
            self.now = max(self.now, round(before + 0.05, 2))
        return happened()


def answer(started: float, stopped: float, text: str) -> Sequence[Event]:
    """Return what is logged when the agent speaks."""
    return (
        Event(started, "bot_started_speaking"),
        Event(stopped, "bot_stopped_speaking"),
        Event(stopped, "response", text, started),
    )


async def expect(*events: Event, turn: ScenarioTurn | None = None, **wanted: object) -> Check:
    """Play one turn, typed unless it is given, and return its check."""
    expected = Expectation(**wanted)  # type: ignore[arg-type]
    turn = turn or ScenarioTurn(type="Hello.")
    turn = ScenarioTurn(type=turn.type, wait_ms=turn.wait_ms, expect=(expected,))
    call = TimedCall(*events)
    [check] = await scenario_player.play(call, Scenario("a call", (turn,)), {})  # type: ignore[arg-type]
    return check


WAIT = ScenarioTurn(wait_ms=8000)
LONG = answer(0.8, 14.0, "There is a good deal to say about that.")


async def test_what_comes_too_late_is_told_from_what_does_not_come() -> None:
    check = await expect(Event(1.7, "bot_interrupted"), event="bot_interrupted", within_ms=1500)
    assert check == Check("Turn 1: bot_interrupted within 1.5 s.", False, "It came 0.2 s too late.")


async def test_what_comes_a_little_too_late_is_told_in_milliseconds() -> None:
    check = await expect(Event(1.55, "llm_started"), event="llm_started", within_ms=1500)
    assert check.reason == "It came 50 ms too late."


async def test_a_late_answer_is_quoted() -> None:
    late = answer(2.5, 4.0, "Nine to five.")
    check = await expect(*late, event="response", within_ms=2000, text_contains="nine")
    assert (check.passed, check.reason) == (False, 'It began 0.5 s too late: "Nine to five."')


async def test_what_comes_much_too_late_is_not_waited_for() -> None:
    call_ended = Event(20.0, "call_ended")
    check = await expect(call_ended, event="call_ended", within_ms=1000)
    assert check.reason == "It did not come."


async def test_a_long_answer_that_begins_at_once_is_in_time() -> None:
    check = await expect(*LONG, event="response", within_ms=2000, text_contains="good deal")
    assert check.passed
    assert check.reason == (
        'It began 0.8 s after the turn\'s end: "There is a good deal to say about that."'
    )


async def test_an_answer_that_begins_within_its_time_is_not_absent() -> None:
    check = await expect(*LONG, event="response", within_ms=2000, absent=True)
    assert not check.passed


async def test_an_answer_that_began_before_the_turn_counts_when_it_ends() -> None:
    turns = (
        ScenarioTurn(wait_ms=1000),
        ScenarioTurn(
            type="Hello.",
            expect=(
                Expectation("response", within_ms=2000, absent=True),
                Expectation("response", within_ms=20000),
            ),
        ),
    )
    # The second turn would wait for the end of what the agent says.
    call = TimedCall(Event(14.0, "response", "There is a good deal to say.", 0.8))
    played = Scenario("a call", turns)
    checks = await scenario_player.play(call, played, {})  # type: ignore[arg-type]
    assert [check.passed for check in checks] == [True, True]
    assert checks[1].reason.startswith("It came 13.0 s after the turn's end: ")


@pytest.mark.parametrize(
    ("events", "wanted", "reason"),
    [
        (
            LONG,
            {"event": "response", "text_contains": "sorry"},
            f'There was "{LONG[2].text}" instead.',
        ),
        (
            LONG,
            {"event": "response", "text_excludes": "deal"},
            f'There was "{LONG[2].text}" instead.',
        ),
        (
            answer(0.8, 2.0, "Nine to five."),
            {"event": "bot_interrupted", "within_ms": 2000},
            'It did not come. The agent said: "Nine to five."',
        ),
        (
            LONG,
            {"event": "bot_interrupted", "within_ms": 2000},
            "It did not come. The agent spoke on.",
        ),
        (
            [Event(0.5, "user_transcription", "the sole burgers")],
            {"event": "bot_started_speaking"},
            'It did not come. The agent understood: "the sole burgers"',
        ),
        (
            [Event(0.5, "call_ended")],
            {"event": "bot_started_speaking"},
            "It did not come before the call was over.",
        ),
        ([], {"event": "bot_started_speaking"}, "It did not come."),
    ],
)
async def test_what_happened_instead_is_told(
    events: Sequence[Event], wanted: dict[str, object], reason: str
) -> None:
    check = await expect(*events, **wanted)
    assert (check.passed, check.reason) == (False, reason)


async def test_an_interruption_is_timed_from_the_callers_first_word() -> None:
    events = (Event(0.2, "user_started_speaking", "Stop."), Event(1.1, "bot_interrupted"))
    check = await expect(*events, event="bot_interrupted")
    assert check.reason == (
        "It came 1.1 s after the turn's end, 0.9 s after the caller's first word."
    )


REMINDERS = (*answer(3.0, 4.0, "Are you there?"), *answer(6.0, 7.0, "Hello?"))


@pytest.mark.parametrize(
    ("times", "passed", "reason"),
    [
        (1, False, "It began twice, 3.0 s and 6.0 s after the turn's beginning."),
        (2, True, "It began twice, 3.0 s and 6.0 s after the turn's beginning."),
        (3, False, "It began twice, 3.0 s and 6.0 s after the turn's beginning."),
    ],
)
async def test_an_event_happens_exactly_so_often(times: int, passed: bool, reason: str) -> None:
    check = await expect(*REMINDERS, turn=WAIT, event="response", times=times)
    assert (check.passed, check.reason) == (passed, reason)
    often = {1: "once", 2: "twice", 3: "3 times"}[times]
    assert check.name == f"Turn 1: response {often} while the caller waits."


async def test_only_texts_that_fit_are_counted() -> None:
    check = await expect(*REMINDERS, turn=WAIT, event="response", times=1, text_excludes="hello")
    assert check.passed
    check = await expect(*REMINDERS, turn=WAIT, event="response", times=2, text_contains="there")
    assert check.reason == ('It began once, 3.0 s after the turn\'s beginning: "Are you there?"')


async def test_what_is_to_come_once_and_never_comes_is_told_as_ever() -> None:
    check = await expect(event="response", times=1)
    assert check == Check("Turn 1: response once within 10 s.", False, "It did not come.")


async def test_a_silence_looks_at_what_happens_meanwhile() -> None:
    check = await expect(*REMINDERS, turn=WAIT, event="bot_started_speaking")
    assert check.passed
    assert check.reason == "It came 3.0 s after the turn's beginning."


async def test_what_must_not_happen_in_a_silence_may_happen_after_it() -> None:
    late = answer(9.0, 10.0, "Are you there?")
    check = await expect(*late, turn=WAIT, event="bot_started_speaking", absent=True)
    assert check == Check(
        "Turn 1: no bot_started_speaking while the caller waits.", True, "It did not come."
    )
    wanted = {"event": "bot_started_speaking", "absent": True, "within_ms": 2000}
    check = await expect(*late, turn=WAIT, **wanted)
    assert check.reason == "It came 1.0 s after the turn's end."
    check = await expect(*REMINDERS, turn=WAIT, event="bot_started_speaking", absent=True)
    assert not check.passed


async def test_after_a_silence_no_answer_is_waited_for() -> None:
    call = TimedCall()
    turns = (ScenarioTurn(wait_ms=8000), ScenarioTurn(type="Are you there?"))
    await scenario_player.play(call, Scenario("a call", turns), {})  # type: ignore[arg-type]
    [typed] = call.events
    assert typed.at == pytest.approx(8.0, abs=0.1)


async def test_a_silence_ends_with_the_call() -> None:
    call = TimedCall(Event(2.0, "call_ended"))
    silence = ScenarioTurn(wait_ms=60000, expect=(Expectation("call_ended"),))
    [check] = await scenario_player.play(call, Scenario("a call", (silence,)), {})  # type: ignore[arg-type]
    assert check.passed
    assert call.now < 3


IN_BOOKING = Event(1.0, "agent_entered", agent="booking")
FOUR = Event(1.0, "field_collected", field="guests", value=4)
PRESSED = Event(1.0, "key_pressed", key="4.2")


@pytest.mark.parametrize(
    ("happened", "wanted", "says"),
    [
        (IN_BOOKING, {"agent": "booking"}, "Turn 1: agent_entered of booking within 10 s."),
        (FOUR, {"field": "guests"}, "Turn 1: field_collected of guests within 10 s."),
        (FOUR, {"value": 4}, "Turn 1: field_collected with 4 within 10 s."),
        (PRESSED, {"key": "4.2"}, "Turn 1: key_pressed of 4.2 within 10 s."),
    ],
)
async def test_an_event_of_an_agent_a_field_or_a_key_is_found_by_its_name(
    happened: Event, wanted: dict[str, object], says: str
) -> None:
    check = await expect(happened, event=happened.name, **wanted)
    assert check == Check(says, True, "It came 1.0 s after the turn's end.")


@pytest.mark.parametrize(
    ("happened", "wanted", "instead"),
    [
        (IN_BOOKING, {"agent": "kitchen"}, "There was agent_entered of booking instead."),
        (FOUR, {"field": "name"}, "There was field_collected of guests with 4 instead."),
        (FOUR, {"value": 5}, "There was field_collected of guests with 4 instead."),
        (PRESSED, {"key": "4"}, "There was key_pressed of 4.2 instead."),
    ],
)
async def test_an_event_of_another_agent_field_or_key_is_not_the_one_that_is_expected(
    happened: Event, wanted: dict[str, object], instead: str
) -> None:
    check = await expect(happened, event=happened.name, **wanted)
    assert (check.passed, check.reason) == (False, instead)
