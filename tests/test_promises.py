"""Which sentences are warned of as promising what no tool does, and which are not."""

from __future__ import annotations

import time

import pytest
import yaml
from support import ROOT
from support.profiles import MODELS

from voice_agent.lint.check import check_text
from voice_agent.lint.promises import KINDS, promises

SORTED: dict[str, list[str]] = yaml.safe_load(
    (ROOT / "tests" / "promise_sentences.yaml").read_text("utf-8")
)
TEXTS = [(label, text) for label, texts in SORTED.items() for text in texts]


@pytest.mark.parametrize(("label", "text"), TEXTS)
def test_no_warning_of_a_promise_is_a_false_alarm(label: str, text: str) -> None:
    assert {promise.kind for promise in promises(text)} <= {label}


@pytest.mark.parametrize("kind", KINDS)
def test_most_promises_are_found(kind: str) -> None:
    missed = [text for text in SORTED[kind] if not list(promises(text))]
    found = len(SORTED[kind]) - len(missed)
    print(f"{kind}: {found} of {len(SORTED[kind])} are found")
    assert found / len(SORTED[kind]) >= 0.8, missed


def test_no_sentence_is_sorted_twice() -> None:
    assert {*SORTED} == {*KINDS, "nothing"}
    assert len({text for _, text in TEXTS}) == len(TEXTS) > 260


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("|\n  Be brief.\n  Then transfer\n  the caller to sales.\n", "transfer\n  the caller"),
        ("Never hang up. When all is said, hang up.\n", "hang up"),
        ("'Don''t guess. Look up the order.'\n", "Look up the order"),
        ('"Be brief.\\nHang up."\n', "Hang up"),
    ],
)
def test_the_words_that_promise_are_pointed_at(written: str, shown: str) -> None:
    text = f"instructions: {written}"
    [found] = check_text(f"{text}{MODELS}", "desk.yaml").diagnostics
    assert found.kind == "promise-without-tool"
    start = text.rindex(shown)
    end = start + len(shown)
    assert (found.line, found.column, found.end_line, found.end_column) == (
        text.count("\n", 0, start) + 1,
        start - text.rfind("\n", 0, start),
        text.count("\n", 0, end) + 1,
        end - text.rfind("\n", 0, end),
    )


@pytest.mark.parametrize(
    "part",
    [
        "transfer the call ",
        "If you, ",
        "if a, if b: ",
        "then then ",
        "please always, ",
        "look the a b up ",
        "add a ",
        "send the a b c ",
        "book, book and ",
        "- hang up\n",
        "say and ",
        "you are a who ",
        "a: ",
        "#\n",
        " \n",
    ],
)
def test_a_text_made_to_be_slow_is_not(part: str) -> None:
    text = part * (900_000 // len(part))
    started = time.process_time()
    assert len([*promises(text)]) < 50_000
    assert time.process_time() - started < 1


SENTENCES = """\
instructions: |
  Transfer the caller to sales.
  Hang up when all is said.
  Look up the order.
  Send them a text message.
  Book the appointment.
  Press one when a menu answers.
  Remember their name for the next time.
"""


def promised(tools: str) -> list[str]:
    found = check_text(f"{SENTENCES}{MODELS}{tools}", "desk.yaml").diagnostics
    messages = [each.message for each in found if each.kind == "promise-without-tool"]
    return [each.partition("have the agent ")[2].partition(",")[0] for each in messages]


def a_tool(description: str, does: str) -> str:
    return f"tools: {{my_tool: {{description: {description}, {does}}}}}\n"


EVERY = [
    *("transfer calls", "hang up", "look something up", "send something"),
    *("book or change something", "press keys", "remember other calls"),
]
POST = "http: POST https://a.example/b"


@pytest.mark.parametrize(
    ("tools", "kept"),
    [
        ("tools: {end_call: {say: Goodbye.}}\n", "hang up"),
        (
            "tools: {transfer_call: {destinations: {sales: {when: Sales., transfer_to: +1}}}}\n",
            "transfer calls",
        ),
        ("tools: {send_dtmf_events: }\n", "press keys"),
        ("session: {ivr_detection: true}\n", "press keys"),
        (a_tool("Rings the bell.", "http: GET https://a.example/b"), "look something up"),
        (a_tool("Writes an SMS.", POST), "send something"),
        (a_tool("Reserves a slot.", POST), "book or change something"),
        ("variables: {last_order: {from: metadata.last_order}}\n", "remember other calls"),
        (
            'mcp_servers: {m: {url: "https://a.example/b", allowed_tools: [schedule_visit]}}\n',
            "book or change something",
        ),
    ],
)
def test_a_promise_that_a_tool_keeps_is_no_warning(tools: str, kept: str) -> None:
    assert promised("") == EVERY
    assert promised(tools) == [each for each in EVERY if each != kept]


def test_a_server_of_which_all_tools_are_allowed_may_keep_any_promise() -> None:
    server = 'mcp_servers: {m: {url: "https://a.example/b", allowed_tools: ["*"]}}\n'
    assert promised(server) == []
