"""Plays the derived calls of agents, fields and menus, in writing or with a caller who speaks."""

from __future__ import annotations

from collections.abc import Callable

from livekit.agents import llm

from ...format.language import language_of
from ...format.scenario import DEFAULT_VOICE, Spoken
from ...runtime.call_state import CallState
from ..call import Call
from ..conformance import ANSWER
from ..cutting_in import echo_warm_up
from ..results import Check
from ..sentences import sentences_for
from . import judging
from .moves import Awaited, Move, text_of
from .seen import Seen, was_told
from .trial import AgentTrial
from .ways import opens

# Seconds.
_OPENING = 15.0
_LONGEST = 10.0  # for what a move must lead to
_QUIET = 0.3  # after which the agent has said all
_INTO = 0.3  # after the change, at which the caller begins to speak


async def run(call: Call, trial: AgentTrial, spoken: Spoken, state: CallState) -> list[Check]:
    """Make the call, and return its checks."""
    if not await _open(call, trial):
        return [Check("The agent opens the call.", False, "It neither spoke nor wrote.")]
    began = 0.0
    for number, move in enumerate((*trial.way, *trial.moves), start=1):
        on_the_way = number <= len(trial.way)
        if number == len(trial.way) + 1 and not move.waits:
            began = call.now
        if move.talks_over:
            await _warm_up(call, trial)
            began = call.now
        came = await _make(call, state, trial, number, move, spoken)
        if on_the_way and not came:
            return [_lost_its_way(trial, move)]
    return list(judging.checks(Seen(call, trial, state, began)))


def _lost_its_way(trial: AgentTrial, move: Move) -> Check:
    awaited = move.awaits or Awaited("response", "")
    name = f"The call comes to {trial.left}, where this is tried."
    return Check(name, False, f"There was no {awaited.event} {awaited.about}".strip() + ".")


async def _open(call: Call, trial: AgentTrial) -> bool:
    if not opens(trial.profile):
        return True
    opened = await call.until(lambda: call.count("response") > 0, _OPENING)
    await _all_said(call, 0.0)
    return opened


async def _warm_up(call: Call, trial: AgentTrial) -> None:
    """Let the first seconds pass in which LiveKit lets nobody cut in."""
    if not call.count("bot_started_speaking"):
        call.type(text_of(trial.profile, 0, Move()))
        await call.until(lambda: call.count("bot_stopped_speaking") > 0, ANSWER)
    first = next((e.at for e in call.events if e.name == "bot_started_speaking"), call.now)
    warm = echo_warm_up(trial.profile)
    await call.until(lambda: call.now > first + warm, warm)


async def _make(
    call: Call, state: CallState, trial: AgentTrial, number: int, move: Move, spoken: Spoken
) -> bool:
    """Make one move, and return whether it has led to what it must lead to."""
    if move.only_if_offered and not move.tools <= {each.id for each in _tools(call)}:
        return True
    began = call.now
    if move.waits:
        began = 0.0
    elif move.keys:
        await call.press(move.keys)
    elif move.saves:
        for name, value in move.saves.items():
            state.values.save(name, value)
        return True
    else:
        call.type(text_of(trial.profile, number, move))
    came = await call.until(lambda: call.over or _has_come(call, move.awaits, began), _LONGEST)
    if not came or call.over:
        return False
    if move.talks_over:
        at = call.now + _INTO
        await call.until(lambda: call.now >= at, _INTO)
        words = sentences_for(language_of(trial.profile))
        await call.say(spoken[DEFAULT_VOICE, words.barge_in], words.barge_in)
        # What was cut counts as said only now, so that it must not be taken for the answer.
        said = call.now
        await call.until(lambda: was_told(call, words.barge_in, said), _LONGEST)
        began = call.now
    return await _all_said(call, 0.0 if move.waits else began)


def _tools(call: Call) -> list[llm.Tool | llm.Toolset]:
    """Return the tools of the agent or the task that is at work."""
    return call.session.current_agent.tools


def _has_come(call: Call, awaited: Awaited | None, since: float) -> bool:
    if awaited is None:
        return True
    return any(
        each.name == awaited.event
        and awaited.about in ("", each.tool)
        and each.at - call.began >= since
        for each in call.tool_events
    )


async def _all_said(call: Call, since: float) -> bool:
    """Wait until the agent has said something, and nothing more for a moment."""
    said: Callable[[], bool] = lambda: call.over or call.count("response", since) > 0  # noqa: E731
    answered = await call.until(said, _LONGEST)
    quiet_since = call.now

    def quiet() -> bool:
        nonlocal quiet_since
        if not call.silent:
            quiet_since = call.now
        return call.over or call.now >= quiet_since + _QUIET

    await call.until(quiet, _LONGEST)
    return answered
