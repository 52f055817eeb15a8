"""Plays the derived calls of tools, in writing or with a caller who speaks."""

from __future__ import annotations

import asyncio
from functools import partial

from ...format.language import language_of
from ...format.scenario import DEFAULT_VOICE, Spoken
from ..call import Call
from ..conformance import ANSWER, Moment, TalkedOver
from ..cutting_in import echo_warm_up, may_cut_in, min_duration, min_words, words_in
from ..results import Check
from ..sentences import sentences_for
from . import judging
from .seen import Seen, received
from .trials import LONG_GOODBYE, Trial

# Seconds.
_OPENING = 15.0
_LONGEST = 30.0  # for a tool and what follows it
_ENDING = 5.0  # for the call to end, once the goodbye was heard
_INTO = 0.3  # after what is talked over has begun


async def run(call: Call, trial: Trial, spoken: Spoken) -> list[Check]:
    """Make the call, and return its checks."""
    if not await _open(call, trial):
        return [Check("The agent opens the call.", False, "It neither spoke nor wrote.")]
    over = await (_speak if trial.spoken else _write)(call, trial, spoken)
    if judging.is_to_end(trial):
        await call.until(lambda: call.over, _ENDING)
    requests = await asyncio.to_thread(received) if trial.frontend else []
    mine = [each for each in requests if each["tool"] == trial.tool]
    return list(judging.checks(Seen(call, trial, mine), over))


async def _open(call: Call, trial: Trial) -> bool:
    if trial.profile.on_enter is None:
        return True
    opened = await call.until(lambda: call.count("response") > 0, _OPENING)
    await call.until(lambda: call.silent, _OPENING)
    return opened


async def _write(call: Call, trial: Trial, _: Spoken) -> TalkedOver | None:
    words = sentences_for(language_of(trial.profile))
    for number in range(trial.asks):
        began = call.now
        call.type(words.typed)
        # The last of them calls the tool; those before it may only have been talk.
        calls = number == trial.asks - 1 or bool(trial.wrong)
        await call.until(partial(_settled, call, trial, began, calls), _LONGEST)
    return None


def _settled(call: Call, trial: Trial, began: float, calls: bool) -> bool:
    """Return whether the agent has done all that it was asked for."""
    if call.over:
        return True
    expects = calls and trial.frontend
    ended = [each.at for each in call.events if each.name == "tool_ended" and each.at >= began]
    if not call.silent or (expects and len(ended) < 1):
        return False
    if call.count("tool_called") > call.count("tool_ended"):
        return False
    return _is_silent_tool(trial) or call.count("response", max(ended, default=began)) > 0


def _is_silent_tool(trial: Trial) -> bool:
    declared = trial.profile.tools.declared.get(trial.tool)
    return declared is not None and declared.silent and not (trial.wrong or trial.failure)


async def _speak(call: Call, trial: Trial, spoken: Spoken) -> TalkedOver | None:
    profile = trial.profile
    words = sentences_for(language_of(profile))
    if trial.kind in ("ends the call", *_IN_SPEECH):
        # LiveKit lets nobody cut in on the first seconds in which the agent speaks.
        await _say(call, words.request, spoken)
        asked = call.now
        await call.until(
            lambda: call.count("bot_stopped_speaking", asked) > 0 and call.silent, ANSWER
        )
        warm = echo_warm_up(profile)
        first = next((e.at for e in call.events if e.name == "bot_started_speaking"), call.now)
        await call.until(lambda: call.now > first + warm, warm)
        await _say(call, words.question, spoken)
    else:
        await _say(call, words.request, spoken)
    over = await _talk_over(call, trial, spoken)
    await call.until(lambda: _over_with(call, trial), _LONGEST)
    return over


_IN_SPEECH = ("stopped in its goodbye", "talked over in its announcement")


async def _talk_over(call: Call, trial: Trial, spoken: Spoken) -> TalkedOver | None:
    words = sentences_for(language_of(trial.profile))
    event = _AFTER.get(trial.kind)
    if event is None:
        return None
    if not await call.until(lambda: call.over or call.count(event) > 0, ANSWER) or call.over:
        return None
    if trial.kind == "talked over while it runs":
        at = call.now + _INTO
        await call.until(lambda: call.now >= at, _INTO)
    if trial.kind in ("talked over in its filler", *_IN_SPEECH):
        await call.until(lambda: call.over or call.speaker.playing, ANSWER)
    if trial.kind == "talked over in its answer":
        return await _into_the_answer(call, trial, spoken)
    goodbye = trial.profile.tools.end_call
    short = goodbye is None or words_in(goodbye.say or "") < LONG_GOODBYE
    if trial.kind == "stopped in its goodbye" and short:
        call.type(words.typed)
    else:
        await _say(call, words.barge_in, spoken)
    return None


_AFTER = {
    "talked over before it runs": "llm_started",
    "talked over while it runs": "tool_called",
    "talked over in its filler": "filler_started",
    "talked over right after it": "tool_ended",
    "talked over in its answer": "tool_ended",
    "stopped in its goodbye": "tool_called",
    "talked over in its announcement": "transfer_started",
}
"""The event that the caller waits for, in those calls in which the caller talks over something."""


async def _into_the_answer(call: Call, trial: Trial, spoken: Spoken) -> TalkedOver | None:
    profile = trial.profile
    words = sentences_for(language_of(profile))
    warm_up, speeches = echo_warm_up(profile), len(call.heard)
    # What is heard first may be a filler.
    if not await call.until(lambda: call.speaker.for_seconds > warm_up + _INTO, ANSWER):
        return None
    speeches, began = len(call.heard), call.now
    await _say(call, words.barge_in, spoken)
    if not await call.until(lambda: len(call.heard) > speeches, _LONGEST):
        return None
    return TalkedOver(
        call,
        words,
        call.heard[speeches],
        began,
        Moment(lambda _: True),
        may_cut_in(profile, opening=False),
        min_words(profile),
        warm_up,
        min_duration(profile),
    )


async def _say(call: Call, text: str, spoken: Spoken) -> None:
    await call.say(spoken[DEFAULT_VOICE, text], text)


def _over_with(call: Call, trial: Trial) -> bool:
    """Return whether the agent has said all that it was to say."""
    if call.over:
        return True
    since = max(
        (e.at for e in call.events if e.name in ("user_stopped_speaking", "tool_ended")),
        default=0.0,
    )
    if call.count("tool_called") > call.count("tool_ended") or not call.count("tool_ended"):
        return False
    return call.silent and call.count("response", since) > 0
