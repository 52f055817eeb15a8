"""Plays an operator's scenario turn by turn, and checks what it expects."""

from __future__ import annotations

import asyncio

from ..format.scenario import Expectation, Scenario, ScenarioTurn, Spoken, plain_text
from .audio_io import Microphone
from .call import Call
from .results import Check, Event

# Milliseconds.
WITHIN = 10_000
ABSENT_FOR = 3_000
_ANSWER = 15.0  # seconds to wait for the agent to say something
_TURN = 60.0  # seconds to wait for the moment a turn is to be sent


async def play(call: Call, scenario: Scenario, spoken: Spoken) -> list[Check]:
    """Play a scenario, whose texts and files have their audio in `spoken`; return its checks."""
    expected: list[asyncio.Task[Check]] = []
    since = ended = 0.0
    refused = []
    for number, turn in enumerate(scenario.turns, 1):
        if turn.send_after is None and expected:
            await asyncio.wait(expected)
        reason = await _wait_to_send(call, turn, since, ended)
        if reason is None and call.over:
            reason = "The call was over."
        if reason:
            refused = [Check(f"Turn {number} can be sent.", False, reason)]
            break
        since = call.now
        await _send(call, turn, spoken)
        ended = call.now
        checks = (_check(call, each, number, since, ended) for each in turn.expect)
        expected += map(asyncio.create_task, checks)
        if turn.hang_up:
            break
    results = await asyncio.gather(*expected)
    await call.until(lambda: call.silent, _TURN)
    return [*results, *refused]


async def _wait_to_send(call: Call, turn: ScenarioTurn, since: float, ended: float) -> str | None:
    """Wait until a turn can be sent; return why it cannot, if it cannot.

    `since` and `ended` are when the turn before it began and ended.
    """
    after = turn.send_after
    if after is not None:
        await call.until(lambda: call.over or call.count(after.event, since) > 0, _TURN)
        if not call.count(after.event, since):
            end = "before the call was over" if call.over else f"within {_TURN:.0f} s"
            return f"There was no {after.event} {end}."
        happened = next(e.at for e in call.events if e.name == after.event and e.at >= since)
        await call.until(lambda: call.now >= happened + after.delay_ms / 1000)
        return None
    if call.opens or since:
        # Once the agent has said what it has to say, or has nothing to say.
        await call.until(
            lambda: (
                call.over
                or (call.speaker.playing and not call.speaker.undecided)
                or call.count("bot_stopped_speaking", ended) > 0
            ),
            _ANSWER,
        )
        if not await call.until(lambda: call.silent, _TURN):
            return f"The agent had not finished speaking after {_TURN:.0f} s."
    return None


async def _send(call: Call, turn: ScenarioTurn, spoken: Spoken) -> None:
    if turn.hang_up:
        await call.hang_up()
    elif turn.type is not None:
        call.type(turn.type)
    elif turn.audio is not None:
        await call.say(spoken["", turn.audio], turn.audio)
    else:
        for part in turn.user:
            if isinstance(part, str):
                await call.say(spoken[turn.voice, part], part)
            else:
                await call.microphone.speak(Microphone.silence(part.pause_ms / 1000))


async def _check(
    call: Call, expected: Expectation, number: int, since: float, ended: float
) -> Check:
    def found() -> Event | None:
        return next((e for e in call.events if e.at >= since and _fits(e, expected)), None)

    within = expected.within_ms
    if within is None:
        within = ABSENT_FOR if expected.absent else WITHIN
    deadline = ended + within / 1000

    def decided() -> bool:
        # A pause that may yet turn out to be a cut is noted with the time it began at.
        return found() is not None or (call.now >= deadline and not call.speaker.undecided)

    await call.until(decided, within / 1000 + _TURN)
    event = found()
    late = event is not None and event.at > deadline
    name = f"Turn {number}: {_in_words(expected, within)}"
    if event is None or late:
        return Check(name, expected.absent, _instead(call, expected, since, deadline))
    if not expected.absent and _has(event, expected.text_excludes):
        return Check(name, False, f'There was "{event.text}" instead.')
    quoted = f': "{event.text}"' if event.text else "."
    seen = f"It came {max(0.0, event.at - ended):.1f} s after the turn's end{quoted}"
    return Check(name, not expected.absent, seen)


def _fits(event: Event, expected: Expectation) -> bool:
    """Return whether the expectation is about this event."""
    if event.name != expected.event:
        return False
    if expected.absent and _has(event, expected.text_excludes):
        return False
    return expected.text_contains is None or _has(event, expected.text_contains)


def _has(event: Event, text: str | None) -> bool:
    return text is not None and plain_text(text) in plain_text(event.text)


def _in_words(expected: Expectation, within: int) -> str:
    verb = "no " if expected.absent else ""
    parts = [f"{verb}{expected.event} within {within / 1000:g} s"]
    if expected.text_contains is not None:
        parts.append(f'with "{expected.text_contains}" in it')
    if expected.text_excludes is not None:
        parts.append(f'without "{expected.text_excludes}"')
    return " ".join(parts) + "."


def _instead(call: Call, expected: Expectation, since: float, deadline: float) -> str:
    others = [e.text for e in call.events if e.at >= since and e.name == expected.event and e.text]
    if others and not expected.absent:
        return f'There was "{others[-1]}" instead.'
    if expected.absent and expected.event == "bot_interrupted" and not call.spoke(since, deadline):
        return "It did not come, as the agent did not speak."
    return "It did not come."
