"""Keys and passwords that are written into a profile: which texts are some, and hiding them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any

MASK = "***"
_SHORTEST = 4  # characters; a shorter one would stand in many a word by chance
_MOST = 1_000  # secrets that are looked for, as a file made to be slow may have more

# Tokens begin where a word does, so that no text is read twice for one.
_KNOWN = re.compile(
    r"(?<![A-Za-z0-9_-])(?:"
    r"sk[-_](?=[A-Za-z_-]{0,60}[0-9])[A-Za-z0-9_-]{16,}"  # OpenAI, Anthropic, ElevenLabs, Cartesia
    r"|(?:AKIA|ASIA)[0-9A-Z]{16}(?![A-Za-z0-9])"  # AWS
    r"|xox[abeoprs]-[A-Za-z0-9-]{10,}"  # Slack
    r"|gh[opsur]_[A-Za-z0-9]{20,}|github_pat_[A-Za-z0-9_]{20,}|glpat-[A-Za-z0-9_-]{16,}"
    r"|AIza[A-Za-z0-9_-]{30,}|gsk_[A-Za-z0-9]{20,}|hf_[A-Za-z0-9]{20,}"  # Google, Groq
    r"|eyJ[A-Za-z0-9_-]{8,}\.eyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]+"  # a JSON web token
    r"|(?<=[Bb]earer )(?=[^\s0-9]{0,80}[0-9])[A-Za-z0-9._~+/=-]{12,}"
    r")"
    r"|-----BEGIN [A-Z ]{0,30}PRIVATE KEY-----[A-Za-z0-9+/=\s\\]*"
    r"|(?<=://)[^\s/:@{}\"']{1,100}:(?!\{)[^\s/@{}\"']{1,200}(?=@)"  # https://user:password@host
    # https://host/path?token=secret
    r"|(?<=[?&]key=)[^\s&#{}\"']{8,200}|(?<=[?&]api_key=)[^\s&#{}\"']{8,200}"
    r"|(?<=[?&]token=)[^\s&#{}\"']{8,200}|(?<=[?&]access_token=)[^\s&#{}\"']{8,200}"
)
# The last words of the names of keys that take a secret.
_SECRET_KEY = re.compile(
    r"(?:^|_)(?:api_?key|api_?secret|secret|secret_?key|access_?key|private_?key|auth_?key"
    r"|speech_?key|subscription_?key|token|password|passwd|passphrase|authorization|credential)$"
)
_HINT = re.compile(r"(?i)key[\"']?[ \t]*:|secret|token|passw|passphrase|authorization|credential")
_PASSWORD = re.compile(r"(?:password|passwd|passphrase)$")
# What is written for servers that ask for a key, and take any.
_WORDS = re.compile(r"[A-Za-z]+(?:[ _/-][A-Za-z]+){0,3}")
_LONGEST_WORDS = 24
_SHORTEST_NUMBER = 6  # digits; a shorter one counts or measures something
_NOTHING = re.compile(
    r"\W*|x+|<[^<>]*>|(?i:none|null|unused|empty|dummy|test|ollama|local(?:host)?|n/?a|changeme)"
)
# A line of what is no YAML: a key that takes a secret, and all that follows it.
_KEY = r"[\"']?([A-Za-z][\w-]{0,60})[\"']?[ \t]*:"
_LINE = re.compile(rf"^[ \t{{\[,-]*{_KEY}[ \t]+(\S.*)", re.MULTILINE)
_FLOW = re.compile(rf"[{{,][ \t]*{_KEY}[ \t]*([^\s,}}\]][^,}}\]\r\n]*)")


def may_be_in(text: str) -> bool:
    """Tell whether a file may have a secret at all, which most have not."""
    return _HINT.search(text) is not None or _KNOWN.search(text) is not None


def takes_secret(key: object) -> bool:
    """Tell whether a key takes a secret, by its name: `api_key`, `auth_token`, `Authorization`."""
    if not isinstance(key, str) or len(key) > 100:
        return False
    words = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", key).lower().replace("-", "_")
    return _SECRET_KEY.search(words) is not None


def is_literal(key: str, value: Any) -> bool:
    """Tell whether the value of a key that takes a secret is one, and nothing that stands for it.

    Short words are what servers on this machine are given; $NAME and {{ name }} name a secret.
    """
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return False
    text = str(value).strip()
    if "{{" in text or text.startswith("$") or _NOTHING.fullmatch(text):
        return False
    if known(text) or _PASSWORD.search(key.lower()):
        return True
    if text.isdecimal() and len(text) < _SHORTEST_NUMBER:
        return False
    return len(text) > _LONGEST_WORDS or _WORDS.fullmatch(text) is None


def known(text: str) -> list[tuple[int, int]]:
    """Return where a text has what looks like a known provider's key, a token or a password."""
    return [found.span() for found in _KNOWN.finditer(text)]


def in_lines(text: str) -> Iterator[tuple[int, int]]:
    """Yield where a text that is no YAML has what looks like a secret, rather more than less."""
    yield from known(text)
    for pattern in (_LINE, _FLOW):
        for found in pattern.finditer(text):
            if takes_secret(found[1]) and is_literal(found[1], found[2].strip("\"'")):
                yield found.span(2)


def starred(text: str, spans: Iterable[tuple[int, int]]) -> str:
    """Return a text with a star for every character in these places, so that columns stay."""
    parts: list[str] = []
    end = 0
    for start, stop in sorted(spans):
        if stop > end:
            start = max(start, end)
            parts += text[end:start], re.sub(r"\S", "*", text[start:stop])
            end = stop
    return "".join([*parts, text[end:]])


def without(text: str, secrets: Iterable[str]) -> str:
    """Return a text with *** wherever one of these secrets stands, whole or cut off."""
    for secret in sorted(secrets, key=len, reverse=True)[:_MOST]:
        if len(secret) >= _SHORTEST:
            text = text.replace(secret, MASK)
    return text


def covered(value: Any, key: object = None) -> Any:
    """Return the value of a key with *** for the secrets that are written in it."""
    if isinstance(value, dict):
        return {inner: covered(each, inner) for inner, each in value.items()}
    if isinstance(value, list):
        return [covered(each, key) for each in value]
    if takes_secret(key) and is_literal(str(key), value):
        return MASK
    return _KNOWN.sub(MASK, value) if isinstance(value, str) else value
