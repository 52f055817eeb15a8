"""Plays an operator's scenario turn by turn, and checks what it expects."""

from __future__ import annotations

import asyncio

from ..format.scenario import Scenario, ScenarioTurn, Spoken
from .audio_io import Microphone
from .call import Call
from .expectations import Sent, check
from .results import Check

_ANSWER = 15.0  # seconds to wait for the agent to say something
_TURN = 60.0  # seconds to wait for the moment a turn is to be sent


async def play(call: Call, scenario: Scenario, spoken: Spoken) -> list[Check]:
    """Play a scenario, whose texts and files have their audio in `spoken`; return its checks."""
    expected: list[asyncio.Task[Check]] = []
    before: Sent | None = None
    refused = []
    for number, turn in enumerate(scenario.turns, 1):
        if turn.send_after is None and expected:
            await asyncio.wait(expected)
        reason = await _wait_to_send(call, turn, before)
        if reason is None and call.over:
            reason = "The call was over."
        if reason:
            refused = [Check(f"Turn {number} can be sent.", False, reason)]
            break
        began = call.now
        await _send(call, turn, spoken)
        before = Sent(turn, number, began, call.now)
        expected += [asyncio.create_task(check(call, each, before)) for each in turn.expect]
        if turn.hang_up:
            break
    results = await asyncio.gather(*expected)
    return [*results, *refused]


async def _wait_to_send(call: Call, turn: ScenarioTurn, before: Sent | None) -> str | None:
    """Wait until a turn can be sent after the one before; return why it cannot, if it cannot."""
    since, ended = (before.began, before.ended) if before else (0.0, 0.0)
    after = turn.send_after
    if after is not None:
        await call.until(lambda: call.over or call.count(after.event, since) > 0, _TURN)
        if not call.count(after.event, since):
            end = "before the call was over" if call.over else f"within {_TURN:.0f} s"
            return f"There was no {after.event} {end}."
        happened = next(e.at for e in call.events if e.name == after.event and e.at >= since)
        await call.until(lambda: call.now >= happened + after.delay_ms / 1000)
        return None
    waited = before is not None and before.turn.wait_ms is not None
    if (call.opens or before) and not waited:
        # Once the agent has said what it has to say, or has nothing to say.
        await call.until(
            lambda: (
                call.over
                or (call.speaker.playing and not call.speaker.undecided)
                or call.count("bot_stopped_speaking", ended) > 0
                or (call.writes and call.count("response", ended) > 0)
            ),
            _ANSWER,
        )
    if not await call.until(lambda: call.over or call.silent, _TURN):
        return f"The agent had not finished speaking after {_TURN:.0f} s."
    return None


async def _send(call: Call, turn: ScenarioTurn, spoken: Spoken) -> None:
    if turn.hang_up:
        await call.hang_up()
    elif turn.type is not None:
        call.type(turn.type)
    elif turn.press is not None:
        await call.press(turn.press)
    elif turn.wait_ms is not None:
        await _say_nothing(call, turn.wait_ms / 1000)
    elif turn.audio is not None:
        await call.say(spoken["", turn.audio], turn.audio)
    else:
        for part in turn.user:
            if isinstance(part, str):
                await call.say(spoken[turn.voice, part], part)
            else:
                await call.microphone.speak(Microphone.silence(part.pause_ms / 1000))


async def _say_nothing(call: Call, seconds: float) -> None:
    until = call.now + seconds
    await call.until(lambda: call.over or call.now >= until, seconds)
