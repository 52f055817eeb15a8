"""What callers say in confidence is in no transcript of the text console, and in no report."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from support.profiles import make_profile, write_profile
from support.program import Run
from support.scripted_llm import Reply, ScriptedLLM
from support.tool_talk import call

from voice_agent.commands.text_console.plain import Plain, Transcript
from voice_agent.runtime import models
from voice_agent.runtime.redaction import Redaction
from voice_agent.runtime.text_call import (
    AgentSays,
    AgentStopped,
    CallerSaid,
    Event,
    text_call,
)

NUMBER = "4111111111111111"
PAY = {
    "description": "Pays.",
    "result": "It is paid.",
    "collect": {"card": {"task": "credit_card"}},
}
TALK = [
    ("I want to pay.", None),
    ("It is 4111 1111 1111 1111.", call("update_card_number", card_number=NUMBER)),
    ("April 98.", call("update_expiration_date", expiration_month=4, expiration_year=98)),
    ("0739.", call("update_security_code", security_code="0739")),
    ("Ada Lovelace.", call("update_name", first_name="Ada", last_name="Lovelace")),
]
ASKED = ["Your card number?", "Valid until?", "The code?", "The name on it?"]
THANKS = "Thank you, Ada Lovelace, for 4111-1111-1111-1111."
PRIVATE = ("4111", "0739", "Lovelace", "April")


def replies() -> list[Reply]:
    """Return what the llm says and calls."""
    said: list[Reply] = [call("pay")]
    for (_, recorded), answer in zip(TALK[1:], [*ASKED[1:], THANKS], strict=True):
        assert recorded
        said += [recorded, answer]
    return [said[0], ASKED[0], *said[1:]]


async def test_a_transcript_has_no_card_and_no_word_said_about_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    model = ScriptedLLM(*replies())
    monkeypatch.setattr(models, "thinking", lambda *_: model)
    events: list[Event] = []
    path = tmp_path / "talk.txt"
    with Transcript(path, "desk") as transcript:

        def show(event: Event) -> None:
            events.append(event)
            transcript.show(event)

        async with text_call(make_profile(tools={"pay": PAY}), show) as talk:
            for line, _ in TALK:
                await talk.answer(line)
                await talk.finish_speaking()
    written = [line.partition(" ")[2] for line in path.read_text().splitlines()[1:]]
    assert written[0] == "You: I want to pay."
    assert written[1:9] == ["Agent: (redacted)", "You: (redacted)"] * 4
    assert written[9] == "[collected card=(redacted)]"
    assert "[pay → done" in written[10]
    assert written[11] == "Agent: Thank you, (redacted), for (redacted)."
    # The screen has them: whoever types there knows them.
    assert CallerSaid("0739.", is_private=True) in events


def test_a_number_that_the_agent_says_piece_by_piece_is_hidden_as_a_whole() -> None:
    redaction, written = Redaction(), list[str]()
    redaction.hide(NUMBER)
    lines = Plain(written.append)
    for piece in ("It is 41", "11 1111-1111", " 1111, yes"):
        lines.show(AgentSays(piece))
    lines.show(AgentStopped())
    assert "".join(written) == "Agent: It is (redacted), yes\n"


SCENARIO = """\
rehearsal:
  - name: a card
    replies:
      - {call: pay}
      - Your card number?
      - {call: update_card_number, with: {card_number: "4111111111111111"}}
      - Valid until?
      - {call: update_expiration_date, with: {expiration_month: 4, expiration_year: 98}}
      - The code?
      - {call: update_security_code, with: {security_code: "0739"}}
      - The name on it?
      - {call: update_name, with: {first_name: Ada, last_name: Lovelace}}
      - Thank you, Ada Lovelace, for 4111-1111-1111-1111.
    turns:
      - type: I want to pay.
        expect: [{event: response, text_contains: Your card}]
      - type: It is 4111 1111 1111 1111.
        expect: [{event: response, text_contains: Valid until}]
      - type: April 98.
        expect: [{event: response, text_contains: The code}]
      - type: "0739."
        expect: [{event: response, text_contains: The name}]
      - type: Ada Lovelace.
        expect: [{event: response, text_contains: "Thank you, Ada", within_ms: 8000}]
"""
PROFILE = """\
instructions: You take payments.
stt: deepgram/nova-3
llm: openai/gpt-4.1-mini
tts: cartesia/sonic-3
room: {audio_input: false, audio_output: false}
tools:
  pay: {description: Takes a payment., result: It is paid., collect: {card: {task: credit_card}}}
"""


@pytest.mark.calls
def test_a_rehearsal_judges_what_was_said_and_reports_nothing_of_it(
    run_here: Run, tmp_path: Path
) -> None:
    profile = write_profile(tmp_path / "till.yaml", PROFILE)
    scenario, out = tmp_path / "card.yaml", tmp_path / "out"
    scenario.write_text(SCENARIO)
    ended = run_here(
        *("rehearse", str(profile), "--scenarios", str(scenario), "--only", "a card"),
        *("--out", str(out), "--verbose"),
    )
    assert ended.returncode == 0, ended.stdout
    assert "I want to pay." in ended.stdout
    assert "Thank you, (redacted), for (redacted)." in " ".join(ended.stdout.split()).replace(
        " » (types)", ""
    )
    reports = {path.name: path.read_text() for path in out.rglob("*.*") if path.suffix != ".wav"}
    assert {"events.jsonl", "junit.xml", "rehearsal.json", "report.html"} <= {*reports}
    assert "I want to pay." in reports["rehearsal.json"]
    for name, text in {**reports, "the terminal": ended.stdout}.items():
        page = re.sub(r"base64,[A-Za-z0-9+/=]*", "", text)
        assert [each for each in PRIVATE if each in page] == [], name
