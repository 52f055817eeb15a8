"""Tools in the text console, without a key: what is asked for is done, and seen."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from support.profiles import MINIMAL, write_profile
from support.program import Run
from support.tmux import Window

from voice_agent.standin.phrases import ENGLISH

pytestmark = pytest.mark.calls

CONSOLE = ("console", "--text", "--offline", "--profile")
TELEPHONE = """
tools:
  end_call:
  send_dtmf_events:
  transfer_call:
    say: I will put you through.
    destinations:
      billing: {when: The caller has a question about an invoice., transfer_to: "+493012345678"}
      kitchen: {when: A complaint about food., transfer_to: "+493012345679"}
"""


BOOKINGS = """
tools:
  book_table:
    description: Books a table, once the caller has agreed to the number of people.
    parameters:
      people: {type: integer, minimum: 1, maximum: 12, description: How many will come.}
    http:
      method: POST
      url: https://api.example.com/bookings
      headers: {Authorization: "Bearer {{ secrets.BOOKING_TOKEN }}"}
    response: {example: {id: B-17, table: {name: window}}}
    on_error: It did not work.
  opening_hours:
    description: Says when we are open on a day.
    parameters: {day: {type: string, format: date, description: The day.}}
    http: GET https://api.example.com/hours
    response: {fields: [open], example: {open: 9 to 5, internal: x}}
    on_error: It did not work.
  menu: {description: What we serve., result: "Pizza, pasta, tiramisu."}
"""


@pytest.fixture
def desk(tmp_path: Path) -> str:
    """A profile with the tools of a telephone."""
    return str(write_profile(tmp_path / "desk.yaml", MINIMAL + TELEPHONE))


def test_a_pipe_shows_what_would_have_been_done_on_the_telephone(run: Run, desk: str) -> None:
    shown = run(*CONSOLE, desk, stdin="Press 1 2 #\nPut me through, please\nbilling\nHello?\n")
    assert shown.stdout.splitlines() == [
        "You: Press 1 2 #",
        "[would press 1 2 #]",
        "Agent: Successfully sent DTMF events: 1 2 #.",
        "You: Put me through, please",
        "Agent: For transfer call I still need to know: destination (billing, kitchen).",
        "You: billing",
        "Agent: I will put you through.",
        "[would transfer to billing (+493012345678)]",
        "[the call has ended]",
    ]
    assert "It answers for what is behind the tools: transfer_call." in shown.stderr
    assert shown.returncode == 0


def test_a_pipe_shows_the_requests_that_the_stand_in_has_answered(run: Run, tmp_path: Path) -> None:
    profile = str(write_profile(tmp_path / "desk.yaml", MINIMAL + BOOKINGS))
    asked = (
        "I want to book a table.\nFour.\nWhat is on the menu?\nWhen are you open on 2031-05-06?\n"
    )
    shown = run(*CONSOLE, profile, stdin=asked)
    timeless = re.sub(r"\d+\.\d s", "… s", shown.stdout)
    assert timeless.splitlines() == [
        "You: I want to book a table.",
        "Agent: For book table I still need to know: How many will come.",
        "You: Four.",
        "[book_table people=4 → done, … s, answered by the stand-in]",
        "Agent: This is what I was given: id B-17, table name window.",
        "You: What is on the menu?",
        "[menu → done, … s]",
        "Agent: Pizza, pasta, tiramisu.",
        "You: When are you open on 2031-05-06?",
        "[opening_hours day=2031-05-06 → done, … s, answered by the stand-in]",
        "Agent: This is what I was given: open 9 to 5.",
    ]
    assert "behind the tools: book_table, opening_hours." in shown.stderr
    assert "WARNING" not in shown.stderr


def test_a_terminal_shows_it_too_and_the_call_ends_with_the_goodbye(desk: str) -> None:
    with Window(*CONSOLE, desk) as console:
        console.until("listening")
        console.type("Please dial 4\n")
        console.until("[would press 4]")
        console.until("Agent: Successfully sent DTMF events: 4.")
        console.type("Thank you, goodbye.\n")
        console.until(f"Agent: {ENGLISH.goodbye}")
        console.until("[the call has ended]")
        assert console.end() == 0
