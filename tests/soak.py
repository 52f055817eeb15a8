"""Hundreds of calls with tools, agents, barge-ins and faults at random, and what may not follow.

    python tests/soak.py [--calls 500] [--seed 1] [--spoken 20] [--jobs 4] [--only NUMBER]

Every call has a seed of its own, made of the seed of the run and its number, so that a call which
fails is made again, just so, with `--only`. In every second call several agents have the tools,
hand the call over, and collect. Nothing may be lost, doubled, stuck or leaked.
"""

from __future__ import annotations

import argparse
import asyncio
import gc
import logging
import multiprocessing
import os
import random
import sys
import time
from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from voice_agent.format.loader import examine_text
from voice_agent.format.profile import Profile
from voice_agent.format.scenario import DEFAULT_VOICE, Spoken
from voice_agent.rehearsal.asked import outputs
from voice_agent.rehearsal.call import Call, calling
from voice_agent.rehearsal.heard import with_the_heard
from voice_agent.rehearsal.plan import speak
from voice_agent.rehearsal.services import with_services
from voice_agent.rehearsal.tools.seen import received
from voice_agent.rehearsal.tools.trials import in_writing
from voice_agent.runtime import build
from voice_agent.runtime.call_state import CallState
from voice_agent.runtime.listeners import listener
from voice_agent.standin.calls import KnownCall
from voice_agent.standin.process import Standin

PROFILE = """
instructions: You take bookings.
stt: deepgram/nova-3
llm: openai/gpt-4.1-mini
tts: cartesia/sonic-3
tools:
  book_table:
    description: Books a table, once the caller has agreed.
    parameters:
      name: {type: string, description: The name of the caller.}
      people: {type: integer, minimum: 1, maximum: 12, description: How many.}
    http: {method: POST, url: "https://api.example.com/bookings", timeout: 1}
    response: {example: {id: B-17}}
    on_error: It did not work. Say so.
    filler: {say: [One moment please., Still looking.], delay: 0.3, interval: 0.5}
  order:
    description: Orders a dish for the caller, who has chosen it.
    parameters: {dish: {type: string, description: The dish.}}
    http: {method: POST, url: "https://api.example.com/orders", timeout: 1}
    on_error: {default: The order did not arrive.}
    allow_interruptions: true
  remind:
    description: Reminds the kitchen of an order that is late.
    parameters: {number: {type: integer, description: Which one.}}
    http: {method: POST, url: "https://api.example.com/reminders", timeout: 1}
    on_error: The kitchen is busy.
    background: true
  note:
    description: Keeps a note of what the caller wishes.
    parameters: {text: {type: string, description: The wish.}}
    http: {method: POST, url: "https://api.example.com/notes", timeout: 1}
    silent: true
  hours:
    description: Says when the restaurant is open on a day.
    parameters: {day: {type: string, format: date, description: The day.}}
    http: {method: GET, url: "https://api.example.com/hours", timeout: 1, retries: 1}
  menu: {description: Says what is on the menu today., result: Pizza and pasta.}
"""
AGENTS = """
agents:
  reception:
    instructions: Find out what the caller wants.
    tools: [hours, menu]
    handoffs:
      booking:
        when: The caller wants a table.
        say: I will take your booking.
        with: {people: {type: integer, description: How many.}}
      details: {when: The caller wants to leave their details.}
  booking:
    tools: [book_table, order]
    on_enter: {say: When would you like to come?}
    handoffs: {back: {when: Enough of that.}, kitchen: {when: {tool: order}}}
  kitchen:
    tools: [remind, note]
    chat_ctx: {last: 6}
    handoffs: {back: {when: Enough of that.}, reception: {when: The caller wants something else.}}
  details:
    tools: [hours]
    collect:
      guests: {type: integer, minimum: 1, maximum: 12, description: How many.}
      wish: {type: string, optional: true, confirm: true, description: A wish.}
    handoffs: {reception: {when: collected}, back: {when: Enough of that.}}
handoffs: {kitchen: {when: The caller is unhappy.}}
"""
"""What is added to the profile where there are several agents."""
MOVES: Sequence[dict[str, Any]] = (
    {"call": "handoff_to_booking", "with": {"people": 4}},
    {"call": "handoff_to_details"},
    {"call": "handoff_to_details"},
    {"call": "handoff_to_kitchen"},
    {"call": "handoff_to_reception"},
    {"call": "handoff_back"},
    {"call": "update_guests", "with": {"value": 4}},
    {"call": "update_guests", "with": {"value": 40}},
    {"call": "update_wish", "with": {"value": "A table by the window."}},
    {"call": "confirm_wish"},
    {"call": "decline_wish", "with": {"reason": "There is none."}},
    {"call": "out_of_scope", "with": {"task_ids": ["guests"]}},
)
"""What the language model may call where there are several agents; not all of it at any time."""
WRONG: dict[str, dict[str, Any]] = {
    "book_table": {"name": "Ada", "people": 40},
    "order": {"dish": 4},
    "remind": {},
    "note": {"note": 1},
    "hours": {"day": "Friday"},
    "menu": {"dish": "sole"},
}
"""Of each tool, arguments that it does not take."""
ANSWERS: Sequence[dict[str, Any]] = (
    *({}, {}, {"delay_ms": 200}, {"delay_ms": 600}, {"status": 409}, {"status": 500}),
    *({"drop": True}, {"timeout": True}, {"redirect": True}, {"html": True}, {"huge": True}),
    *({"invalid_json": True}, {"drip": True}, {"hostile": True}),
)
# Seconds.
STUCK = 25.0
_UNTIL_SAFE = 6.0  # for tasks to end and results to be kept, after a call
_FEW_SOCKETS = 6
_MUCH_MEMORY = 60.0  # MiB, after the first calls
_WARMED_UP = 20  # calls
ASK, OVER = "Please see to it now.", "Stop please, I have a question for you."


@dataclass
class Step:
    """One thing that the caller asks for, and what happens meanwhile."""

    reply: Any
    barge_in: str | None
    """"types", "cuts" or "says"; None for nothing."""
    after: float
    """Seconds after the tool was called, or the text was typed."""


@dataclass
class Drawn:
    """A call that was drawn at random."""

    steps: list[Step] = field(default_factory=list)
    answers: dict[str, list[dict[str, Any]]] = field(default_factory=dict)

    @property
    def replies(self) -> list[Any]:
        """What the language model says; what it says beyond is harmless."""
        return [each for step in self.steps for each in (step.reply, "Here you are.")]


def draw(seed: str, *, spoken: bool, agents: bool = False) -> Drawn:
    """Return the call of a seed; with several `agents` it has more steps."""
    chance = random.Random(seed)
    drawn = Drawn()
    steps = chance.randint(4, 6) if agents else chance.randint(2, 4)
    for _ in range(1 if spoken else steps):
        barge_in = chance.choice([None, "types", "cuts"])
        if spoken:
            barge_in = "says"
        reply = _move(chance) if agents and chance.random() < 0.75 else _reply(chance)
        drawn.steps.append(Step(reply, barge_in, chance.uniform(0, 1.5)))
    for tool in WRONG:
        drawn.answers[tool] = [dict(chance.choice(ANSWERS)) for _ in range(4)]
    return drawn


def _move(chance: random.Random) -> Any:
    moves = [dict(chance.choice(MOVES)) for _ in range(2)]
    return moves if chance.random() < 0.2 else moves[0]


def _reply(chance: random.Random) -> Any:
    call = _call(chance)
    drawn = chance.random()
    if drawn < 0.1:
        return "There is nothing to be done about that, I am afraid."
    if drawn < 0.25:
        return [call, call]
    return [call, _call(chance)] if drawn < 0.35 else call


def _right(tool: str, number: int) -> dict[str, Any]:
    """Return arguments that a tool takes, and no others of the same number."""
    match tool:
        case "book_table":
            return {"name": f"Ada {number}", "people": 4}
        case "order":
            return {"dish": f"Dish {number}"}
        case "remind":
            return {"number": number}
        case "note":
            return {"text": f"By window {number}."}
    return {"day": "2026-10-02"} if tool == "hours" else {}


def _call(chance: random.Random) -> dict[str, Any]:
    tool = chance.choice([*WRONG])
    right = _right(tool, chance.randrange(10**9))
    call = {"call": tool, "with": right if chance.random() < 0.85 else WRONG[tool]}
    return {**call, "say": "Let me see."} if chance.random() < 0.2 else call


class Soak:
    """A run of many calls in this process."""

    def __init__(self, seed: int, standin: Standin, spoken: Spoken) -> None:
        self.seed = seed
        self.counts: Counter[str] = Counter()
        self._standin = standin
        self._spoken = spoken
        self._profile, self._of_several = map(_profile, (PROFILE, PROFILE + AGENTS))

    def call(self, number: int, *, spoken: bool = False) -> list[str]:
        """Make one call, and return sentences on what is wrong."""
        agents = has_agents(number)
        drawn = draw(f"{self.seed}/{number}", spoken=spoken, agents=agents)
        known = KnownCall(replies=tuple(drawn.replies))
        known = with_the_heard(known, None, self._spoken) if spoken else known
        profile = self._of_several if agents else self._profile
        profile = profile if spoken else in_writing(profile)
        call = with_services(known, profile, drawn.answers)
        os.environ.update(self._standin.environment_with(call))
        return asyncio.run(self._call(profile, drawn))

    async def _call(self, profile: Profile, drawn: Drawn) -> list[str]:
        wrong: list[str] = []
        loop = asyncio.get_running_loop()
        loop.set_exception_handler(lambda _, context: wrong.append(f"lost: {context}"))
        state = CallState(profile)
        make = lambda: build.build_session(profile, listener(profile.vad), state)  # noqa: E731
        async with calling(build.build_agent(profile, state), make, state=state) as call:
            for number, step in enumerate(drawn.steps, start=1):
                if not await self._take(call, step, number):
                    wrong.append(f"stuck: step {number}, {step.reply}")
                    break
            # LiveKit keeps what a tool came to a moment after the tool has ended.
            await call.until(lambda: not [*_lost(call), *_unheard(call)], _UNTIL_SAFE)
            requests = await asyncio.to_thread(received)
            wrong += _lost(call)
            wrong += _unheard(call)
            wrong += _doubled(call, requests)
            wrong += _astray(call, state)
            self._count(call, drawn, requests)
        left = asyncio.all_tasks() - {asyncio.current_task()}
        if left:
            _, left = await asyncio.wait(left, timeout=_UNTIL_SAFE)
        return [*wrong, *(f"leaked: the task {each.get_name()}" for each in left)]

    async def _take(self, call: Call, step: Step, number: int) -> bool:
        began = call.now
        if step.barge_in == "says":
            await call.say(self._spoken[DEFAULT_VOICE, ASK], ASK)
            await call.until(lambda: call.count("llm_started", began) > 0, STUCK)
        else:
            call.type(f"{ASK} ({number})")
        at = call.now + step.after
        if step.barge_in:
            await call.until(lambda: call.now >= at, step.after)
        if step.barge_in == "types":
            call.type(f"Wait, one more thing. ({number})")
        elif step.barge_in == "cuts":
            call.session.interrupt(force=True)
        elif step.barge_in == "says":
            await call.say(self._spoken[DEFAULT_VOICE, OVER], OVER)
        since = call.now
        return await call.until(lambda: self._is_done(call, step, began, since), STUCK)

    @staticmethod
    def _is_done(call: Call, step: Step, began: float, since: float) -> bool:
        """Return whether the agent is silent, all tools have ended, and something was said.

        Nobody need say anything where the agent was cut before it had called a tool.
        """
        if call.over:
            return True
        if not call.silent or call.count("tool_called") != call.count("tool_ended"):
            return False
        said = call.count("response", began) > 0
        called = call.count("tool_called", began) > 0
        return (said or called or step.barge_in == "cuts") and call.now > since + 0.2

    def _count(self, call: Call, drawn: Drawn, requests: Sequence[Any]) -> None:
        self.counts.update(
            calls=1,
            steps=len(drawn.steps),
            tools=call.count("tool_called"),
            failed=sum(e.details.get("status") == "error" for e in call.tool_events),
            handoffs=sum(bool(e.details.get("left")) for e in call.tool_events),
            fields=call.count("field_collected"),
            requests=len(requests),
            barge_ins=sum(step.barge_in is not None for step in drawn.steps),
        )


def _lost(call: Call) -> Iterator[str]:
    """Yield what a tool came to and the language model will never know."""
    known = [each.output for each in outputs(call.session.history.items)]
    known += [each.output for asked in call.asked for each in asked.outputs]
    for event in call.tool_events:
        told = str(event.details.get("told", ""))
        if event.name == "tool_ended" and not any(told in each for each in known):
            yield f"lost: what {event.tool} came to, {told!r}"


def _unheard(call: Call) -> Iterator[str]:
    """Yield what the caller typed and the language model was never told."""
    items = [item for asked in call.asked for item in asked.items]
    told = [item.text_content or "" for item in items if item.type == "message"]
    for event in call.events:
        if event.name == "user_typed" and not any(event.text in each for each in told):
            yield f"lost: the caller typed {event.text!r}"


def _astray(call: Call, state: CallState) -> Iterator[str]:
    """Yield where an agent was entered that the call had not left another for, and wrong values."""
    holds = ""
    for event in call.tool_events:
        if event.name == "agent_entered":
            if event.details["left"] != holds:
                yield f"doubled: {event.tool} was entered from {event.details['left']}, not {holds}"
            holds = event.tool
    if holds and state.agent != holds:
        yield f"lost: {state.agent} was to hold the call, and {holds} does"
    kept = {e.tool: e.details["value"] for e in call.tool_events if e.name == "field_collected"}
    for field_name, value in kept.items():
        if state.values.get(field_name) != value:
            yield f"lost: {field_name} was collected as {value!r}"


def has_agents(number: int) -> bool:
    """Return whether the call of this number has several agents."""
    return number % 2 == 0


def _profile(text: str) -> Profile:
    checked = examine_text(text, "soak.yaml")
    assert checked.profile is not None, checked.diagnostics
    return checked.profile


def _doubled(call: Call, requests: Sequence[dict[str, Any]]) -> Iterator[str]:
    """Yield the requests that must not be made twice, and were."""
    called = Counter(e.tool for e in call.tool_events if e.name == "tool_called")
    sent = Counter(each["tool"] for each in requests if each["method"] != "GET")
    keys = Counter(
        {k.lower(): v for k, v in each["headers"].items()}.get("idempotency-key")
        for each in requests
        if each["method"] != "GET"
    )
    for tool, times in sent.items():
        if times > called[tool]:
            yield f"doubled: {tool} was called {called[tool]} times, and sent {times}"
    for key, times in keys.items():
        if key is None or times > 1:
            yield f"doubled: {times} requests have the key {key}"
    for each in requests:
        yield from (f"wrong: {problem}" for problem in each["problems"])


def sockets() -> int:
    """Return how many sockets this process has open."""
    count = 0
    for each in Path("/proc/self/fd").iterdir():
        try:
            count += str(each.readlink()).startswith("socket:")
        except OSError:
            continue
    return count


def memory() -> float:
    """Return how much memory this process has, in MiB."""
    status = Path("/proc/self/status").read_text("utf-8")
    return int(status.partition("VmRSS:")[2].split()[0]) / 1024


def soak(
    seed: int, numbers: Sequence[int], spoken: Collection[int] = ()
) -> tuple[list[str], Counter[str]]:
    """Make these calls one after the other, and print how it goes.

    Return sentences on everything that is wrong, and what was counted.
    """
    voices = KnownCall().voices
    audio = asyncio.run(speak([(DEFAULT_VOICE, ASK), (DEFAULT_VOICE, OVER)], voices))
    wrong: list[str] = []
    # The first spoken call loads the models that listen.
    first = next((n for n, each in enumerate(numbers, start=1) if each in spoken), 0)
    warmed_up = max(first, min(_WARMED_UP, len(numbers)))
    began, before = time.monotonic(), (0, 0.0)
    with Standin() as standin:
        run = Soak(seed, standin, audio)
        for made, number in enumerate(numbers, start=1):
            for found in run.call(number, spoken=number in spoken):
                wrong.append(f"call {number}: {found}")
                as_spoken = "--spoken 1" if number in spoken else "--spoken 0"
                again = f"tests/soak.py --seed {seed} --only {number} {as_spoken}"
                print(f"{wrong[-1]}\n  again: {again}", flush=True)
            if made == warmed_up:
                gc.collect()
                before = sockets(), memory()
            if made % 50 == 0:
                print(f"{made} calls, {memory():.0f} MiB, {sockets()} sockets", flush=True)
        gc.collect()
        more, grown = sockets() - before[0], memory() - before[1]
    if more > _FEW_SOCKETS:
        wrong.append(f"leaked: {more} sockets")
    if grown > _MUCH_MEMORY:
        wrong.append(f"leaked: {grown:.0f} MiB")
    seconds = time.monotonic() - began
    print(
        f"{len(numbers)} calls in {seconds:.0f} s: {more:+} sockets, {grown:+.1f} MiB", flush=True
    )
    return wrong, run.counts


def main() -> int:
    """Make the calls that the command line asks for; return 1 if something is wrong."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--calls", type=int, default=500)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--spoken", type=int, default=20, help="how many of them are spoken")
    parser.add_argument("--jobs", type=int, default=4, help="how many are made at once")
    parser.add_argument("--only", type=int, help="the number of the one call to make")
    options = parser.parse_args()
    every = range(1, options.calls + 1)
    step = options.calls // options.spoken if options.spoken else options.calls + 1
    spoken = {*every[step - 1 :: step]}
    if options.only:
        every, spoken = range(options.only, options.only + 1), {options.only} if spoken else set()
    shares = [(options.seed, every[first :: options.jobs], spoken) for first in range(options.jobs)]
    with multiprocessing.get_context("spawn").Pool(options.jobs, _be_quiet) as pool:
        ended = pool.starmap(soak, [share for share in shares if share[1]])
    wrong = [each for found, _ in ended for each in found]
    counts = sum((counted for _, counted in ended), Counter[str]())
    print(", ".join(f"{number} {name}" for name, number in counts.items()))
    print(f"{len(wrong)} things are wrong." if wrong else "Nothing is wrong.")
    return 1 if wrong else 0


def _be_quiet() -> None:
    logging.disable(logging.WARNING)


if __name__ == "__main__":
    sys.exit(main())
