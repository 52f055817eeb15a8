"""Secrets that were put into options stay out of every log line, however it is written."""

from __future__ import annotations

import io
import json
import logging
import pickle
import sys
from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from livekit.agents.cli.log import ColoredFormatter, JsonFormatter
from support import examples

from voice_agent.runtime import secrets

KEY = """k-'1234"5678/Ü"""
FORMATTERS = {
    "start": JsonFormatter(),
    "dev": ColoredFormatter("%(levelname)s %(name)s %(message)s %(extra)s"),
    "plain": logging.Formatter("%(levelname)s %(message)s"),
}


@pytest.fixture(autouse=True)
def forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    """Begin as a process does that has rendered nothing."""
    monkeypatch.setattr(secrets, "_values", set())
    monkeypatch.setenv("DESK_KEY", KEY)


@pytest.fixture(params=FORMATTERS)
def log(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[io.StringIO]:
    """What a process logs that has put the secret into options."""
    written = io.StringIO()
    handler = logging.StreamHandler(written)
    handler.setFormatter(FORMATTERS[request.param])
    monkeypatch.setattr(logging.getLogger(), "handlers", [handler])
    # Whatever other tests have set for LiveKit's loggers.
    livekits = logging.getLogger("livekit.agents")
    level = livekits.level
    livekits.setLevel(logging.INFO)
    secrets.rendered({"api_key": "{{ secrets.DESK_KEY }}"})
    secrets.hide_in_logs()
    secrets.hide_in_logs()
    yield written
    livekits.setLevel(level)


def shown(log: io.StringIO) -> str:
    said = log.getvalue()
    assert KEY not in said
    assert json.dumps(KEY)[1:-1] not in said
    assert json.dumps(KEY, ensure_ascii=False)[1:-1] not in said
    return said


def test_options_get_the_variables_that_they_name_and_nothing_else() -> None:
    options = {
        "api_key": "{{ secrets.DESK_KEY }}",
        "headers": {"X": ["Bearer {{secrets.DESK_KEY}}"]},
    }
    assert secrets.rendered({**options, "temperature": 0.3}) == {
        "api_key": KEY,
        "headers": {"X": [f"Bearer {KEY}"]},
        "temperature": 0.3,
    }


@pytest.mark.parametrize("value", [None, ""])
def test_a_variable_that_is_not_set_is_named(
    value: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("DESK_KEY")
    if value is not None:
        monkeypatch.setenv("DESK_KEY", value)
    with pytest.raises(ValueError, match="DESK_KEY"):
        secrets.rendered({"api_key": "{{ secrets.DESK_KEY }}"})


def test_a_message_and_its_arguments_are_logged_without_secrets(log: io.StringIO) -> None:
    logging.getLogger("livekit.agents").error("refused %s, which is %s", KEY, {"key": [KEY]})
    assert "refused ***, which is {'key': " in shown(log)


def test_what_is_logged_beside_a_message_has_no_secrets(log: io.StringIO) -> None:
    extra = {"error": ValueError(f"no {KEY}"), "body": {"said": [KEY], "status": 401}, "url": KEY}
    logging.getLogger("livekit.agents").warning("failed", extra=extra)
    assert "failed" in shown(log)


def test_a_traceback_is_logged_without_secrets(log: io.StringIO) -> None:
    try:
        try:
            raise ValueError(f"the server said: {KEY}")
        except ValueError as error:
            raise RuntimeError("the model failed") from error
    except RuntimeError:
        logging.getLogger("livekit.agents").exception("it went wrong")
    said = shown(log)
    assert "it went wrong" in said
    assert "the server said: ***" in said


def test_a_traceback_without_secrets_is_logged_as_it_is(log: io.StringIO) -> None:
    try:
        raise RuntimeError("the model failed")
    except RuntimeError:
        logging.getLogger("livekit.agents").exception("it went wrong", exc_info=sys.exc_info())
    assert "RuntimeError: the model failed" in shown(log)


def test_a_record_can_still_be_sent_to_another_process(monkeypatch: pytest.MonkeyPatch) -> None:
    sent: list[bytes] = []
    handler = logging.Handler()
    monkeypatch.setattr(handler, "emit", lambda record: sent.append(pickle.dumps(record)))
    monkeypatch.setattr(logging.getLogger(), "handlers", [handler])
    secrets.rendered({"api_key": "{{ secrets.DESK_KEY }}"})
    secrets.hide_in_logs()
    logging.getLogger("livekit.agents").error("refused", extra={"error": f"{KEY}"})
    assert pickle.loads(sent[0]).error == "***"


@settings(derandomize=True, deadline=None, max_examples=examples(150))
@given(st.text(max_size=30), st.text(min_size=4, max_size=20), st.text(max_size=30))
def test_no_text_shows_a_secret(before: str, secret: str, after: str) -> None:
    secrets._values.clear()
    secrets._values.add(secret)
    hidden = secrets.hidden(before + secret + after)
    assert secret not in hidden.replace("***", "\0")
