"""Tools in the text console, without a key: what is asked for is done, and seen."""

from __future__ import annotations

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
