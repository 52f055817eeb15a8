"""Which texts are taken for secrets, which are not, and that none is ever shown."""

from __future__ import annotations

import json
import time

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from support import examples
from support.profiles import MINIMAL

from voice_agent.format.credentials import covered, in_lines, is_literal, known, takes_secret
from voice_agent.format.diagnostics import InvalidProfile, render
from voice_agent.format.yaml_source import parse
from voice_agent.lint.check import check_text

bounded = settings(derandomize=True, deadline=None, max_examples=examples(150))

KEYS = [
    "api_key",
    "apiKey",
    "X-API-Key",
    "auth_token",
    "Authorization",
    "password",
    "client_secret",
]
KEYS += ["speech_key", "aws_secret_access_key", "api_secret", "private_key"]
NO_KEYS = ["max_tokens", "keyterms", "voice_id", "model", "token_count", "secretary", "tokens"]
# Whole and with more around them.
KNOWN = {
    "OpenAI": "sk-proj-abc123DEF456ghi789jkl",
    "Anthropic": "sk-ant-api03-abcdefghijklmnop",
    "ElevenLabs": "sk_1234567890abcdef1234567890abcdef",
    "AWS": "AKIAIOSFODNN7EXAMPLE",
    "Slack": "xoxb-123456789012-abcdef",
    "GitHub": "ghp_abcdefghijklmnopqrst123456",
    "Google": "AIzaSyA1234567890abcdefghijklmnopqrstu",
    "Groq": "gsk_abcdefghijklmnopqrst123456",
    "token": "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.dozjgNryP4J3jVmNHl0w5N",
    "private key": "-----BEGIN RSA PRIVATE KEY-----\nMIIEpAIBAAKCAQEA\n",
}
HARMLESS = [
    "sk-no-key-required",
    "9626c31c-bec5-4cca-baa8-f8ba9e84c8bc",
    "openai/gpt-4.1-mini",
    "Bearer of bad news and of many-other-words",
    "https://example.com:8080/path@home",
    "https://{{ secrets.USER }}:{{ secrets.PASSWORD }}@example.com",
    "Ask for the sk-something-with-many-hyphens-in-it.",
    "+493012345678",
]
STANDINS = [
    "unused",
    "none",
    "ollama",
    "not-needed",
    "no-key-required",
    "EMPTY",
    "lm-studio",
    "xxx",
]
STANDINS += ["<your key>", "{{ secrets.KEY }}", "$KEY", "${KEY}", "", "***", "sk-no-key-required"]


@pytest.mark.parametrize("name", KNOWN)
def test_the_keys_of_known_providers_are_found_wherever_they_stand(name: str) -> None:
    secret = KNOWN[name]
    for text in (
        secret,
        f"Use {secret} today.",
        f'"{secret}"',
        f"Bearer {secret}",
        f"?key={secret}",
    ):
        assert known(text)
        assert secret not in covered(text)


def test_a_token_and_a_password_are_found_by_what_stands_around_them() -> None:
    assert covered("Bearer abc123DEF456ghi789") == "Bearer ***"
    assert covered("https://desk:pa55word@example.com/x") == "https://***@example.com/x"


@pytest.mark.parametrize("text", HARMLESS)
def test_what_only_looks_alike_is_left_alone(text: str) -> None:
    assert known(text) == []


@pytest.mark.parametrize("key", KEYS)
def test_what_a_key_takes_is_told_by_its_name(key: str) -> None:
    assert takes_secret(key)
    assert is_literal(key, "5up3r-s3cret")
    assert covered({key: ["5up3r-s3cret"]}) == {key: ["***"]}


@pytest.mark.parametrize("key", NO_KEYS)
def test_a_key_that_is_named_alike_takes_no_secret(key: str) -> None:
    assert not takes_secret(key)
    assert covered({key: "5up3r-s3cret"}) == {key: "5up3r-s3cret"}


@pytest.mark.parametrize("value", STANDINS)
def test_what_stands_for_a_key_is_none(value: str) -> None:
    assert not is_literal("api_key", value)


def test_a_word_is_a_password_and_no_key() -> None:
    assert is_literal("password", "hunter")
    assert not is_literal("api_key", "hunter")


SLOW = ["sk-", "sk-a", "eyJ", "eyJaaaaaaaaa.", "Bearer ", "-----BEGIN PRIVATE KEY-----", "://a:"]
SLOW += ["{a: ", "xoxb-", "api_key: ", "api_key: a1\n", "\t", '"a": ', "a_key"]


@pytest.mark.parametrize("part", SLOW)
def test_a_text_made_to_be_slow_is_not(part: str) -> None:
    text = part * (900_000 // len(part))
    started = time.process_time()
    known(text)
    list(in_lines(text))
    assert time.process_time() - started < 3


secrets = st.text("abcXYZ019-_+/=.", min_size=6, max_size=40).map("7h1s-".__add__)


@bounded
@given(secrets, st.sampled_from(KEYS), st.sampled_from(["plain", "quoted", "flow", "block"]))
@example("7h1s-......", "password", "flow")
def test_no_secret_of_a_key_is_shown_beside_another_mistake(
    secret: str, key: str, form: str
) -> None:
    written = {
        "plain": f"\n  {key}: {secret}\n  modle: x\n",
        "quoted": f"\n  {key}: {json.dumps(secret)}\n  modle: x\n",
        "flow": f" {{{key}: {json.dumps(secret)}, modle: x}}\n",
        "block": f"\n  {key}: |\n    {secret}\n  modle: x\n",
    }[form]
    checked = check_text(f"{MINIMAL}session:{written}", "desk.yaml")
    said = render(checked.diagnostics, checked.sources)
    assert 'unknown key "modle"' in said
    assert secret not in said
    assert secret not in str(InvalidProfile(checked.diagnostics, checked.sources))


@bounded
@given(secrets, st.sampled_from(KEYS), st.sampled_from(["{}: {}: x", "x: {{{}: {}", "- {}: {}: x"]))
def test_no_secret_of_a_key_is_shown_where_the_file_is_no_yaml(
    secret: str, key: str, form: str
) -> None:
    text = f"instructions: Be brief.\n{form.format(key, secret)}\n"
    with pytest.raises(InvalidProfile) as caught:
        parse(text, "desk.yaml")
    assert secret not in str(caught.value)
