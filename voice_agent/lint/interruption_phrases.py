"""English words that invite callers to interrupt, or forbid it.

They say more than a list of words would: an agent that must not interrupt the *caller* is told so
in most prompts, and that is no contradiction to anything. So who interrupts whom has to be in the
words themselves; what leaves that open is passed over.
"""

from __future__ import annotations

import re
from functools import cache
from string import ascii_lowercase, ascii_uppercase
from typing import TypeAlias

from ..format.yaml_source import Span

# A text with nothing of this is not looked at any closer: it has to have the word before the
# pattern, which is quick to tell, and then the pattern.
_HINTS = {
    "interrupt": "",
    "barge": "",
    **{verb: rf"{verb}\s+(?:in|off|you|me|the|your|my|us)\b" for verb in ("cut", "break", "butt")},
    "over": r"over\s+(?:you|me|the|your|my|us|this)\b",
    **{
        verb: rf"{verb}(?:\s+on)?\s+\w+ing\s+(?:even\s+)?(?:if|when|while|though)\b"
        for verb in ("keep", "continue", "go", "carry")
    },
}
# Where a text runs over several lines, words are apart by more than one blank; and in single
# quotes, YAML writes an apostrophe twice.
_SPREAD = re.compile(r"\s+|''")
# Unlike str.lower, this never makes two characters of one.
_LOWER = str.maketrans(ascii_uppercase, ascii_lowercase)
# No prompt is longer, and a file made to be slow is not read to its end.
_READ = 50_000

_CALLER = (
    r"(?:(?<!no )(?:the |an? |any |your |our |all |most |every )?"
    r"(?:caller|user|customer|client|guest|patient|member|listener|visitor|human|person)s?|people|"
    r"anyone|anybody|someone|somebody|everyone|everybody|others|they|them|him|her|he|she)"
)
_NOBODY = r"(?:nobody|no one|no (?:caller|user|customer|client|guest|patient|listener|person)s?)"
_AGENT = r"(?:you|me|yourself|the (?:agent|assistant|bot)|(?:your|my|this|the) (?:\w+ )?(?:speech|"
_AGENT += r"speaking|answers?|repl(?:y|ies)|responses?|sentences?|words?|turns?|message|notice|"
_AGENT += r"announcement|opening|greeting|introduction))"
# "Interrupt" with the agent, or with nothing, as what is interrupted.
_INTERRUPT = (
    r"(?:(?:interrupt|barge in(?: on)?|cut in(?: on)?|break in(?: on)?|butt in(?: on)?)"
    rf"(?: {_AGENT}\b|(?=\s*(?:[^\w\s]|$))|(?= (?:at|any|when|whenever|while|if|as|until|before|"
    r"during|mid|in|and|or|but|with|because|since|so)\b))"
    rf"|(?:cut|stop) {_AGENT} (?:off|short)|(?:talk|speak) over {_AGENT})"
)
_NOT = (
    r"(?:(?:(?:do|must|should|may|can|will) )?not|never|cannot|(?:do|must|should|ca)n't)(?: ever)?"
)
_MUST_NOT = (
    r"(?:cannot|can not|must not|may not|should not|shall not|will not|"
    r"(?:ca|must|should|wo)n't|(?:must|may|can|should|shall|will) never|"
    r"(?:is|are) (?:not|never)(?: allowed| permitted| able)? to|"
    r"(?:is|are)n't (?:allowed|permitted|able) to)(?: be able to)?"
)
_MAY = (
    r"(?:can|may|could|(?:is|are|should (?:be|feel)|must be|will be)(?: always| also)? "
    r"(?:free|welcome|allowed|able|encouraged|invited|permitted) to)(?: always| also| still)?"
)
_BEING = r"(?: (?:are|is|am|should be|must be|have to be|remain|stay)|'(?:re|m|s))"
_ONE = r"(?:you|i|who|which|that|agent|assistant)"
# A negation just before a verb turns it into its opposite.
_UNLESS_DENIED = r"(?<!not )(?<!n't )(?<!never )(?<!ever )(?<!cannot )(?<!without )"

# Every pattern comes after the words of which a text must have one: most texts have none, and
# compiling a pattern takes longer than reading a profile.
_Rule: TypeAlias = tuple[tuple[str, ...], str]

_ABLE = ("interruptible", "interruptable")
_INVITES: tuple[_Rule, ...] = (
    (
        ("can ", "may ", "could ", " free ", "welcome", "allowed", "able ", "ed to "),
        rf"\b{_CALLER} {_MAY} {_INTERRUPT}",
    ),
    (
        ("let ", "allow ", "encourage ", "invite ", "permit "),
        rf"{_UNLESS_DENIED}\b(?:let|allow|encourage|invite|permit) {_CALLER}(?: to)? {_INTERRUPT}",
    ),
    (
        ("free to ", "welcome to "),
        r"\b(?:feel|be|are|is)(?: always)? (?:free|welcome) to interrupt "
        r"(?:me|you|at any|any ?time|whenever)\b",
    ),
    (("interrupt me",), rf"\byou {_MAY} interrupt me\b"),
    (_ABLE, rf"\b{_ONE}{_BEING}(?: always| fully| easily)? interrupt[ai]ble\b"),
    (("be interrupted",), rf"\b{_ONE} (?:can|may) (?:always )?be interrupted\b"),
    (
        ("interruptions",),
        rf"{_UNLESS_DENIED}\b(?:allow|welcome|accept|encourage|invite|enable) interruptions\b"
        r"|\binterruptions are (?:welcome|fine|okay|ok|allowed|encouraged|permitted|enabled)\b",
    ),
)
_FORBIDS: tuple[_Rule, ...] = (
    (
        ("let", "allow", "permit"),
        rf"\b(?:{_NOT} (?:let|allow|permit)|without (?:letting|allowing)) {_CALLER}(?: to)? "
        rf"{_INTERRUPT}",
    ),
    (("not ", "n't ", "never "), rf"\b{_CALLER} {_MUST_NOT} {_INTERRUPT}"),
    (("nobody ", "no "), rf"\b{_NOBODY} {_MAY} {_INTERRUPT}"),
    (
        _ABLE,
        rf"\b{_ONE}(?:{_BEING} (?:not|never)(?: to be)? | (?:are|is)n't )interrupt[ai]ble\b"
        rf"|\b{_ONE}{_BEING}(?: always| fully| completely)? (?:un|non)-?interrupt[ai]ble\b",
    ),
    (
        ("be interrupted", "be cut"),
        rf"\b(?:{_ONE}|{_AGENT}) {_MUST_NOT} be (?:interrupted|cut (?:off|short))\b"
        rf"|\b{_NOT} (?:let|allow) yourself (?:to )?be (?:interrupted|cut off)\b",
    ),
    (
        ("interruption",),
        rf"\b{_NOT} (?:allow|permit|accept|tolerate)(?: any)? interruptions?\b"
        r"|\binterruptions are (?:not (?:allowed|permitted|welcome|possible)|forbidden|disabled)\b",
    ),
    (("to interrupt you",), r"\b(?:not|never) to interrupt you\b"),
    (
        ("talking ", "speaking ", "reading "),
        rf"\b(?:keep|continue|go on|carry on) (?:talking|speaking|reading)(?: even)? "
        rf"(?:if|when|while|though) {_CALLER} (?:tr(?:y|ies) to )?"
        r"(?:interrupt|cut|talk|speak|start)",
    ),
)
# What the agent says itself is spoken to the caller: there the agent is "me".
_INTERRUPT_ME = _INTERRUPT.replace("(?:you|me|yourself|", "(?:me|us|")
_INVITES_IN_SPEECH: tuple[_Rule, ...] = (
    *_INVITES,
    (("you ",), rf"\byou {_MAY} {_INTERRUPT_ME}"),
    (("free to ",), rf"\bfree to {_INTERRUPT_ME}"),
    (("interrupt me",), rf"{_UNLESS_DENIED}\binterrupt me\b"),
)
_FORBIDS_IN_SPEECH: tuple[_Rule, ...] = (
    *_FORBIDS,
    (("you ",), rf"\byou {_MUST_NOT} {_INTERRUPT_ME}"),
    (("not ", "n't ", "never "), rf"\b{_NOT} {_INTERRUPT_ME}"),
)


def invitation(text: str, *, spoken: bool = False) -> Span | None:
    """Where a text invites callers to interrupt; `spoken` tells that callers hear the text."""
    return _find(text, _INVITES_IN_SPEECH if spoken else _INVITES)


def prohibition(text: str, *, spoken: bool = False) -> Span | None:
    """Where a text forbids callers to interrupt; `spoken` tells that callers hear the text."""
    return _find(text, _FORBIDS_IN_SPEECH if spoken else _FORBIDS)


def _find(text: str, rules: tuple[_Rule, ...]) -> Span | None:
    text = text[:_READ]
    lowered = text.lower()
    hints = (pattern for word, pattern in _HINTS.items() if word in lowered)
    if not any(_compiled(pattern).search(lowered) for pattern in hints):
        return None
    text = text.replace("\N{RIGHT SINGLE QUOTATION MARK}", "'")
    flat = _SPREAD.sub(lambda part: " " if part[0].isspace() else "'", text)
    flat = flat.translate(_LOWER)
    patterns = (pattern for words, pattern in rules if any(word in flat for word in words))
    found = [match.span() for each in patterns if (match := _compiled(each).search(flat))]
    if not found:
        return None
    start, end = min(found)
    offsets = [part.start() for part in re.finditer(rf"{_SPREAD.pattern}|\S", text)]
    return offsets[start], offsets[end - 1] + 1


@cache
def _compiled(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern)
