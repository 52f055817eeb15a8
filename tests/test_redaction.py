"""What callers say in confidence is in no log, no history and no event of a call."""

from __future__ import annotations

import io
import json
import logging
import re
from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from livekit.agents.cli.log import JsonFormatter
from support import examples
from support.tool_talk import Talk, call, serving, talking

from voice_agent.runtime import secrets
from voice_agent.runtime.redaction import REDACTED, Redaction

NUMBER = "4111111111111111"
SPOKEN = "It is 4111 1111 1111 1111."
CARD = [
    "Your card number?",
    call("update_card_number", card_number=NUMBER),
    "Valid until?",
    call("update_expiration_date", expiration_month=4, expiration_year=98),
    "The code?",
    call("update_security_code", security_code="0739"),
    "The name on it?",
    call("update_name", first_name="Ada", last_name="Lovelace"),
    "Thank you, Ada Lovelace, for 4111-1111-1111-1111.",
]
LINES = [SPOKEN, "April ninety-eight, 04/98.", "0739.", "Ada Lovelace, it says."]
PRIVATE = [NUMBER, "4111 1111", "4111-1111", "0739", "04/98", "Lovelace", "ninety-eight"]
FORMATTERS = {"lines": logging.Formatter("%(name)s %(message)s"), "json": JsonFormatter()}


@pytest.fixture(params=FORMATTERS)
def log(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[io.StringIO]:
    """All that is logged at DEBUG, by any logger."""
    written = io.StringIO()
    handler = logging.StreamHandler(written)
    handler.setFormatter(FORMATTERS[request.param])
    root = logging.getLogger()
    loggers = [
        root,
        *(each for name in root.manager.loggerDict if (each := logging.getLogger(name))),
    ]
    levels = [(each, each.level) for each in loggers]
    monkeypatch.setattr(root, "handlers", [handler])
    for each in loggers:
        each.setLevel(logging.DEBUG)
    secrets.hide_in_logs()
    yield written
    for each, level in levels:
        each.setLevel(level)


async def give_the_card(talk: Talk) -> None:
    """Answer what the agent asks about the card."""
    for number, line in enumerate(LINES, 1):
        await talk.until(lambda n=number: len(talk.model.asked) == 2 * n - 1)  # type: ignore[misc]
        await talk.session.finish_speaking()
        await talk.begin(line)
    await talk.until(lambda: talk.said[-1].startswith("Thank you"))


def shown(text: str) -> list[str]:
    """Return what is private and stands in a text all the same."""
    # Times and ids may have such digits in the middle of others.
    return [
        each for each in PRIVATE if re.search(rf"(?<![\w.]){re.escape(each)}(?![\w.]*\d)", text)
    ]


async def test_a_card_becomes_variables_and_is_in_no_log_history_or_event(log: io.StringIO) -> None:
    agents = {"desk": {"collect": {"card": {"task": "credit_card"}}}}
    async with talking(None, *CARD, agents=agents) as talk:
        await give_the_card(talk)
        logging.getLogger("somebody").info("The card is %s.", "4111 1111-1111 1111")
        parts = ("card_number", "issuer", "expiration_date", "security_code", "cardholder_name")
        values = [talk.state.values.get(f"card.{part}") for part in parts]
        assert values == [NUMBER, "Visa", "04/98", "0739", "Ada Lovelace"]
        _, event = talk.events  # after that of the agent
        assert (event.name, event.tool, event.details) == (
            "field_collected",
            "card",
            {"value": REDACTED},
        )
        history = json.dumps(talk.session.history.to_dict(), ensure_ascii=False)
        # What is said later is hidden where it is shown, as the llm goes on with it.
        assert shown(history) == shown(talk.said[-1])
        assert talk.said[:-1] == [REDACTED] * 8
        assert SPOKEN in [each["content"] for each in talk.model.asked[1]]
    assert "somebody" in log.getvalue()
    assert "executing tool" in log.getvalue()
    assert shown(log.getvalue()) == []


async def test_a_caller_who_refuses_a_part_of_the_card_gives_none() -> None:
    agents = {"desk": {"collect": {"card": {"task": "credit_card"}}}}
    replies = [*CARD[:3], call("decline_card_capture", reason="no trust"), "Then not."]
    async with talking(None, *replies, agents=agents) as talk:
        await talk.until(lambda: talk.said)
        await talk.begin(SPOKEN)
        await talk.until(lambda: len(talk.model.asked) == 3)
        await talk.session.finish_speaking()
        await talk.begin("I won't say.")
        await talk.until(lambda: talk.said[-1] == "Then not.")
        assert [(each.name, each.tool) for each in talk.events[1:]] == [("field_refused", "card")]


async def test_a_caller_may_begin_with_another_card() -> None:
    agents = {"desk": {"collect": {"card": {"task": "credit_card"}}}}
    again = call("restart_card_collection", reason="another card")
    async with talking(None, *CARD[:3], again, *CARD, agents=agents) as talk:
        await talk.until(lambda: talk.said)
        await talk.begin(SPOKEN)
        await talk.until(lambda: len(talk.model.asked) == 3)
        await talk.session.finish_speaking()
        await talk.begin("Take another card.")
        for number, line in enumerate(LINES):
            await talk.until(lambda n=number: len(talk.model.asked) == 5 + 2 * n)  # type: ignore[misc]
            await talk.session.finish_speaking()
            await talk.begin(line)
        await talk.until(lambda: talk.said[-1].startswith("Thank you"))
        assert talk.state.values.get("card.card_number") == NUMBER
        assert [each.name for each in talk.events[1:]] == ["field_collected"]


async def test_a_field_that_is_redacted_is_sent_and_not_told() -> None:
    field = {"type": "string", "description": "The PIN.", "redact": True}
    replies = ["Your PIN?", call("update_pin", value="4771"), call("pay", note="by 4-7-7-1")]
    async with serving((200, {"pin": "4771"})) as service:
        sends = {"method": "POST", "url": f"{service.url}/pay", "body": {"pin": "{{ pin }}"}}
        tool = {
            "description": "Pays.",
            "parameters": {"note": {"type": "string", "description": "A note."}},
            "http": sends,
            "requires": {"pin": "Ask for the PIN."},
        }
        agents = {"desk": {"collect": {"pin": field}}}
        async with talking({"pay": tool}, *replies, "It is paid.", agents=agents) as talk:
            await talk.until(lambda: talk.said)
            await talk.begin("Four seven seven one.")
            await talk.until(lambda: talk.said[-1] == "It is paid.")
            assert service.requests[0][2]["pin"] == "4771"
            assert talk.told() == ['{"pin": "4771"}']
            told = json.dumps([dict(event.details) for event in talk.events])
            assert "4771" not in told
            assert "4-7-7-1" not in told
            assert talk.events[2].details["arguments"] == {"note": f"by {REDACTED}"}


@pytest.mark.parametrize(
    ("value", "text", "seen"),
    [
        (NUMBER, "It is 4111 1111-1111.1111, yes.", "It is (redacted), yes."),
        (NUMBER, "4 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1", "(redacted)"),
        (NUMBER, f"{NUMBER}0", f"{NUMBER}0"),
        ("04/98", "0498, 04-98 and 04 98", "(redacted), (redacted) and (redacted)"),
        ("739", "739 of 7390", "(redacted) of 7390"),
        ("Ada Lovelace", "ADA  lovelace and Adam", "(redacted) and Adam"),
        (12, "12 and 120", "(redacted) and 120"),
        (["a b", {"c": "deep"}], "A b, deep", "(redacted), (redacted)"),
        (True, "true", "true"),
        ("", "nothing", "nothing"),
    ],
)
def test_a_value_is_hidden_however_it_is_written(value: object, text: str, seen: str) -> None:
    redaction = Redaction()
    redaction.hide(value)
    assert redaction.without(text) == seen


@settings(derandomize=True, deadline=None, max_examples=examples(150))
@given(st.text(min_size=1, max_size=30).filter(str.strip), st.sampled_from(["", " ", "-", ": "]))
def test_no_text_shows_a_hidden_value_that_stands_alone(value: str, between: str) -> None:
    redaction = Redaction()
    redaction.hide(value)
    seen = redaction.without(f"It is{between or ' '}{value}{between or ' '}then")
    assert value.strip() not in seen.replace(REDACTED, "\0")[5:-4]


def test_what_was_said_in_private_is_logged_by_nobody_later(log: io.StringIO) -> None:
    redaction = Redaction()
    with redaction.private():
        redaction.heard('I said "four seven seven one"')
        assert redaction.shown("Four seven.") == REDACTED
        logging.getLogger("a.library").debug("got %s and %d", "four seven", 4771)
    assert redaction.shown("Good.") == "Good."
    body = {"messages": [{"content": 'I said "four seven seven one"'}]}
    logging.getLogger("a.library").debug("Request options: %s", body)
    logging.getLogger("a.library").debug("Sent %s", json.dumps(body), extra={"body": str(body)})
    said = log.getvalue()
    assert "Request options" in said
    assert "four seven" not in said
    assert "4771" not in said
