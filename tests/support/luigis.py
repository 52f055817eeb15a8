"""A profile with several agents, and a rehearsal of it that never took place."""

from __future__ import annotations

from pathlib import Path

from voice_agent.format.loader import load
from voice_agent.rehearsal import reaching
from voice_agent.rehearsal.results import CallResult, Check, Rehearsal, Step, ToolRun, Turn

from . import rehearsals

LUIGIS = """\
instructions: You answer the telephone of Luigi's. Be brief.
stt: deepgram/nova-3
llm: openai/gpt-4.1-mini
tts: cartesia/sonic-3

agents:
  reception:
    instructions: Find out what the caller wants.
    on_enter: {say: "Luigi's, good day. How can I help you?"}
    tools: [opening_hours]
    handoffs:
      details: {when: The caller wants a table., say: I will take your booking.}
      hotline: {when: The caller wants to press keys.}
  details:
    collect:
      caller_name: {task: name}
      guests: {type: integer, minimum: 1, maximum: 12, description: How many will come.}
    tools: []
    handoffs:
      booking: {when: collected}
      back: {when: The caller wants something else.}
  booking:
    instructions: Book a table for {{ guests }} people.
    tools: [book_table, end_call]
  hotline:
    tools: []
    menu:
      say: For the hours press one. For parties press four.
      keys:
        "1": {say: We are open from noon to midnight.}
        "4":
          menu:
            say: For the manager press two.
            keys: {"2": {handoff: complaint}}
  complaint:
    instructions: Listen, and promise nothing.
    tools: []
handoffs:
  complaint: {when: The caller is unhappy.}

tools:
  opening_hours: {description: Says when the restaurant is open., result: From noon to midnight.}
  book_table:
    description: Books a table, once the caller has agreed.
    result: It is booked.
  end_call:
"""


def line_of(text: str, written: str) -> int:
    """Return the one line of a text that has this in it."""
    lines = enumerate(text.splitlines(keepends=True), start=1)
    [line] = [number for number, each in lines if written in each]
    return line


def entered(at: float, agent: str, left: str = "", by: str = "start") -> Step:
    """An agent that takes over."""
    return Step(at, "agent_entered", agent, agent=left, by=by)


def booked(folder: Path) -> CallResult:
    """A derived call, spoken, that goes from reception over details to booking."""
    turns = (
        Turn("agent", 0.6, 3.1, "Luigi's, good day. How can I help you?", agent="reception"),
        Turn("caller", 3.8, 5.2, "I would like a table."),
        Turn("agent", 6.1, 7.4, "I will take your booking.", agent="details"),
        Turn("agent", 7.9, 9.3, "What is your name, and how many will come?", agent="details"),
        Turn("caller", 10.0, 12.1, "Ada Lovelace, and there are four of us."),
        Turn("agent", 13.0, 15.2, "Your table is booked.", agent="booking"),
    )
    return CallResult(
        name="details: entered from reception",
        derived=True,
        turns=turns,
        steps=(
            entered(0.1, "reception"),
            entered(6.0, "details", "reception", "llm"),
            Step(12.4, "field_collected", "caller_name", agent="details"),
            Step(12.5, "field_collected", "guests", agent="details"),
            entered(12.6, "booking", "details", "collected"),
        ),
        tools=(ToolRun("book_table", 12.7, 12.9, status="done", told="It is booked."),),
        checks=(Check("The agent is entered once.", True, "It was entered once."),),
        duration=16.0,
        recording=rehearsals.recording(folder / "booked.wav", turns, 16.0),
    )


def pressed() -> CallResult:
    """A call of the operator's, in writing, that goes back and ends in the menu."""
    return CallResult(
        name="a caller presses keys",
        derived=False,
        turns=(
            Turn("caller", 1.0, 1.0, "A table. No, wait.", typed=True),
            Turn("agent", 2.0, 2.0, "Anything else?", typed=True, agent="reception"),
        ),
        steps=(
            entered(0.1, "reception"),
            entered(1.2, "details", "reception", "llm"),
            entered(1.4, "reception", "details", "back"),
            entered(2.2, "hotline", "reception", "llm"),
            Step(2.6, "key_pressed", "4", agent="hotline", by="caller"),
            Step(2.8, "handoff_refused", "complaint", agent="hotline", reason="The call loops."),
        ),
        checks=(Check("Turn 1: agent_entered within 10 s.", True, "It came."),),
        duration=3.4,
    )


def idle() -> CallResult:
    """A call of the operator's that reaches nothing but the agent that takes the call."""
    return CallResult(
        name="a caller says hello", derived=False, steps=(entered(0.1, "reception"),), duration=2.0
    )


def rehearsal(folder: Path, *calls: CallResult, text: str = LUIGIS) -> Rehearsal:
    """Return a rehearsal of the profile, which is written into the folder, with these calls."""
    file = folder / "luigis.yaml"
    file.write_text(text, "utf-8")
    reachable = reaching.nothing_yet(load(file))
    return Rehearsal(
        profile="luigis",
        path=str(file),
        about=rehearsals.ABOUT,
        interruptible=True,
        opening_interruptible=True,
        calls=tuple(reaching.with_lines(call, reachable, str(file)) for call in calls),
        coverage=reaching.after(calls, reachable),
    )
