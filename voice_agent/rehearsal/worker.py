"""Runs one call of a rehearsal, in a process of its own, from its beginning to its result."""

from __future__ import annotations

import asyncio
import gc
import logging
import os
import wave
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from ..format.models import hears_and_speaks
from ..format.option_types import Vad
from ..runtime import build
from ..runtime.call_state import CallState
from ..runtime.listeners import listener
from ..runtime.secrets import hidden
from ..runtime.session import answer_typed_text
from ..runtime.variables import Origins, Values, given
from . import conformance, cutting_in, provenance, scenario_player, tool_runs, writing
from . import steps as call_steps
from .agents import playing as agents_playing
from .agents.trials import AgentTrial
from .agents.ways import opens
from .audio_io import RATE, Track
from .call import Call, calling
from .concealing import concealed
from .deciding import Setting
from .plan import CallPlan
from .results import BargeIn, CallResult, Check, Event, Measures, Outcome, Turn
from .tools import playing
from .tools.seen import forget
from .tools.trials import SERVICES

# Seconds that these take at most on a machine that keeps up.
_DETECTION = 0.5
_RECOGNITION = 1.5
_HEARING = 0.6  # in place of recognition, where the stand-in knows what the caller says
_DETECTED = 0.3  # seconds that it takes to detect speech of LiveKit's `min_duration`
# Seconds of silence after which LiveKit's detector takes speech to have ended.
_SILENCE = 0.6
_SETTLE = 5.0  # seconds that LiveKit's tasks have to end in after the call


def run_call(plan: CallPlan) -> CallResult:
    """Run the call, and return its result."""
    _reach(plan.environment)
    troubles: list[str] = []
    with _listening(troubles):
        call, checks = asyncio.run(_run(plan, troubles))
        gc.collect()  # An exception that nobody retrieved is reported when its task is collected.
    checks.append(_clean(troubles))
    events = sorted(call.events, key=lambda event: event.at)
    call.events = [
        replace(event, at=round(event.at, 3), started=event.started and round(event.started, 3))
        for event in events
    ]
    steps = tuple(call_steps.of(call))
    turns = call_steps.with_agents(_turns(call, plan), steps)
    ended = next((event.at for event in call.events if event.name == "call_ended"), float("inf"))
    barge_ins = tuple(_barge_ins(turns, plan, ended))
    duration = max((event.at for event in call.events), default=0.0)
    _record(plan.recording, call, duration)
    result = CallResult(
        name=plan.name,
        derived=plan.scenario is None,
        events=tuple(call.events),
        turns=turns,
        barge_ins=barge_ins,
        tools=tuple(tool_runs.of(call)),
        steps=steps,
        checks=tuple(checks),
        measures=_measures(call, turns, plan),
        duration=duration,
        recording=plan.recording,
        talked_over=provenance.talked_over(plan.profile) if _is_talked_over(plan) else "",
    )
    return concealed(result, call.private)


def _reach(environment: Mapping[str, str]) -> None:
    """Have LiveKit's clients and the tools of this process come to the stand-in's call."""
    os.environ.pop(SERVICES, None)
    os.environ.update(environment)
    if SERVICES in environment:
        forget()  # what a run of this call has sent that does not count


def _values(plan: CallPlan) -> Values:
    """Return the values of variables: what a scenario says, or --var, or samples, or any at all."""
    any_at_all = plan.trial.values if plan.trial else {}
    values = {**any_at_all, **given(), **plan.values}
    return Values(plan.profile, Origins(given=values, samples=True))


async def _run(plan: CallPlan, troubles: list[str]) -> tuple[Call, list[Check]]:
    profile = plan.profile
    asyncio.get_running_loop().set_exception_handler(
        lambda _, context: troubles.append(
            hidden(str(context.get("exception") or context["message"]))
        )
    )
    text_input = build.build_room_options(profile).get_text_input_options()
    state = CallState(profile, _values(plan))
    async with calling(
        build.build_agent(profile, state),
        lambda: build.build_session(profile, listener(profile.vad), state),
        text_input.text_input_cb if text_input else answer_typed_text,
        state,
    ) as call:
        call.opens = opens(profile)
        if isinstance(plan.trial, AgentTrial):
            checks = await agents_playing.run(call, plan.trial, plan.spoken, state)
        elif plan.trial is not None:
            checks = await playing.run(call, plan.trial, plan.spoken)
        elif plan.scenario is None:
            derived = conformance if profile.speaks else writing
            checks = await derived.run(call, profile, plan.name, plan.spoken)
        else:
            checks = await scenario_player.play(call, plan.scenario, plan.spoken)
        await call.hang_up()
    left = asyncio.all_tasks() - {asyncio.current_task()}
    if left:
        _, left = await asyncio.wait(left, timeout=_SETTLE)
    troubles += [f"{task.get_name()} was left running" for task in left]
    return call, checks


def _is_talked_over(plan: CallPlan) -> bool:
    return plan.scenario is None and plan.trial is None and plan.profile.speaks


def warm_up() -> None:
    """Load what every call needs, so that it takes no time from the first."""
    listener(Vad())


@contextmanager
def _listening(troubles: list[str]) -> Iterator[None]:
    """Collect what is logged as an error."""
    handler = logging.Handler(logging.ERROR)
    handler.emit = lambda record: troubles.append(hidden(record.getMessage()))  # type: ignore[method-assign]
    root = logging.getLogger()
    root.addHandler(handler)
    try:
        yield
    finally:
        root.removeHandler(handler)


def _clean(troubles: list[str]) -> Check:
    name = "Nothing goes wrong behind the scenes: no error, no lost exception, no task left over."
    if not troubles:
        return Check(name, True, "There was none.")
    more = f" (and {len(troubles) - 1} more)" if len(troubles) > 1 else ""
    return Check(name, False, f"There was: {troubles[0]}{more}.")


def _turns(call: Call, plan: CallPlan) -> tuple[Turn, ...]:
    turns, started = [], 0.0
    for event in call.events:
        if event.name == "user_started_speaking":
            started = event.at
        elif event.name == "user_stopped_speaking":
            turns.append(Turn("caller", started, event.at, event.text))
        elif event.name in ("user_typed", "user_pressed"):
            pressed = event.name == "user_pressed"
            turns.append(Turn("caller", event.at, event.at, event.text, True, pressed))
    said = [event for event in call.events if event.name == "response"]
    if not plan.profile.speaks:
        turns += [_written(event, plan, first=event is said[0]) for event in said]
    following = [*(heard.started - call.began for heard in call.heard[1:]), float("inf")]
    for heard, until in zip(call.heard, following, strict=False):
        start, stop = heard.started - call.began, heard.stopped - call.began
        # What was cut before its first word has no text.
        text = next((event.text for event in said if stop - 0.1 <= event.at < until), "")
        first = heard is call.heard[0]
        origin = provenance.origin(text, plan.profile, plan.scenario, first=first)
        stretch = Turn("agent", round(start, 3), round(stop, 3), text, cut=heard.cut, origin=origin)
        turns.append(stretch)
    # What is written takes no time, so that a caller may type at the very moment.
    return tuple(sorted(turns, key=lambda turn: (turn.started, turn.who)))


def _written(event: Event, plan: CallPlan, *, first: bool) -> Turn:
    origin = provenance.origin(event.text, plan.profile, plan.scenario, first=first)
    return Turn("agent", event.at, event.at, event.text, typed=True, origin=origin)


def _barge_ins(turns: tuple[Turn, ...], plan: CallPlan, ended: float) -> Iterator[BargeIn]:
    agent = [turn for turn in turns if turn.who == "agent"]
    # Keys cut whatever a menu says, and no setting decides it.
    caller = [turn for turn in turns if turn.who == "caller" and not turn.pressed]
    for said in caller:
        over = next((a for a in agent if a.started <= said.started < a.stopped), None)
        if over is None:
            # What cut the agent may have been noted a moment after it had stopped.
            over = next((a for a in agent if a.cut and 0 <= said.started - a.stopped < 0.1), None)
        if over is None:
            continue
        profile = cutting_in.of_agent(plan.profile, over.agent)
        too_short = cutting_in.min_duration(profile) + _DETECTED
        opening = over is agent[0] and profile.on_enter is not None
        words = cutting_in.words_in(said.text)
        rest = plan.agent_settings.get(over.agent, plan.setting)
        setting = plan.opening_setting if opening else rest
        later = any(said.started < c.started < over.stopped for c in caller)
        outcome: Outcome = "blocked"
        if over.cut and not later and over.stopped < ended:
            outcome = "let through"
        elif cutting_in.may_cut_in(profile, opening=opening):
            outcome = "ignored"
            if said.started < agent[0].started + cutting_in.echo_warm_up(profile):
                setting = Setting("aec_warmup_duration")
            elif min(said.stopped, over.stopped) - said.started < too_short and not said.typed:
                setting = Setting("interruption.min_duration")
            elif words < cutting_in.min_words(profile) and not said.typed:
                setting = plan.min_words_setting
        yield BargeIn(
            at=said.started,
            until=said.stopped,
            said=said.text,
            outcome=outcome,
            key=setting.key,
            line=setting.line,
            file=setting.file,
            typed=said.typed,
            silent_after=_silent_after(said, over) if outcome == "let through" else None,
        )


def _silent_after(said: Turn, over: Turn) -> float:
    return round(max(0.0, over.stopped - said.started), 3)


def _measures(call: Call, turns: tuple[Turn, ...], plan: CallPlan) -> Measures:
    agent = [turn for turn in turns if turn.who == "agent"]
    spoken = [turn for turn in turns if turn.who == "caller" and not turn.typed]
    asked = [event.at for event in call.events if event.name == "llm_started"]
    starts = [turn.started for turn in turns if turn.who == "caller"]
    files = {turn.audio for turn in plan.scenario.turns} if plan.scenario else set()
    answers, decisions, detections = [], [], []
    for turn in spoken:
        following = next((start for start in starts if start > turn.started), float("inf"))
        if any(a.started < turn.stopped < a.stopped and not a.cut for a in agent):
            continue  # It ended while the agent spoke, so that nothing was to be answered yet.
        within = [a.started - turn.stopped for a in agent if turn.stopped < a.started < following]
        answers += within[:1]
        within = [at - turn.stopped for at in asked if turn.stopped <= at < following]
        decisions += within[:1]
    for before, turn in zip([None, *spoken], spoken, strict=False):
        if before is not None and turn.started - before.stopped < _SILENCE:
            continue  # It goes on for the detector, which notices nothing new.
        if turn.text in files:
            continue  # Who knows when the speech in it begins?
        noticed = [at - turn.started for at in call.detected if at >= turn.started]
        detections += [each for each in noticed[:1] if each <= turn.stopped - turn.started + 1]
    overlap = sum(
        max(0.0, min(a.stopped, c.stopped) - max(a.started, c.started))
        for a in agent
        for c in spoken
    )
    # What is written in place of speech tells nothing of how soon a caller hears a word.
    speaks_first = call.opens and (plan.trial is None or plan.trial.spoken)
    first = agent[0].started if agent and speaks_first else None
    return Measures(
        first_word=first,
        answers=_rounded(answers),
        vad_delays=_rounded(detections),
        turn_delays=_rounded(decisions),
        talk_over=round(overlap, 3),
        lag=round(max(call.microphone.lag, call.late, *_behind(call, plan, detections)), 3),
    )


def _behind(call: Call, plan: CallPlan, detections: list[float]) -> Iterator[float]:
    """Yield by how much the detection and the recognition of speech took too long."""
    recognized = plan.scenario is not None and plan.scenario.is_recognized
    usual = _RECOGNITION if recognized else _HEARING
    yield from (took - _DETECTION for took in detections)
    if hears_and_speaks(plan.profile.llm):
        return  # It understands a turn after the silence that its options ask for.
    stopped = None
    for event in call.events:
        if event.name == "user_started_speaking":
            stopped = None  # What was said over the agent may well never be transcribed.
        elif event.name == "user_stopped_speaking":
            stopped = event.at
        elif event.name == "user_transcription" and stopped is not None:
            yield event.at - stopped - usual
            stopped = None


def _rounded(seconds: list[float]) -> tuple[float, ...]:
    return tuple(round(each, 3) for each in seconds)


def _record(path: Path, call: Call, seconds: float) -> None:
    """Write both sides into a stereo WAV file: the caller left, the agent right."""
    sides = [_samples(track, call.began) for track in (call.microphone.track, call.speaker.track)]
    stereo = np.zeros((max(*map(len, sides), round(seconds * RATE), 1), 2), dtype=np.int16)
    for channel, side in enumerate(sides):
        stereo[: len(side), channel] = side
    with wave.open(str(path), "wb") as file:
        file.setnchannels(2)
        file.setsampwidth(2)
        file.setframerate(RATE)
        file.writeframes(stereo.tobytes())


def _samples(track: Track, began: float) -> np.ndarray[Any, np.dtype[np.int16]]:
    pieces = [(max(0, round((at - began) * RATE)), pcm) for at, pcm in track.pieces]
    length = max((start + len(pcm) // 2 for start, pcm in pieces), default=0)
    samples = np.zeros(length, dtype=np.int16)
    for start, pcm in pieces:
        samples[start : start + len(pcm) // 2] = np.frombuffer(pcm, dtype=np.int16)
    return samples
