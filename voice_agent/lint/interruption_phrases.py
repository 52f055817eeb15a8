"""Sentences that let callers interrupt the agent, and sentences that forbid it.

Only a few sentences count, each of them whole: "Never say that callers can interrupt you." has the
words of an invitation and is none. So much that is said on interruptions is missed, and what is
found is right.
"""

from __future__ import annotations

import re

from .sentences import plain, sentences

# What comes before a sentence may deny it, or put it into another's mouth: a heading that is not
# one of these, and a sentence that has one of those words.
_HEADING = re.compile(
    r"[#*<\s]*(?:(?:your|the|general|house) )*(?:rules|guidelines|instructions|style|manners"
    r"|behaviou?r|interruptions|how you (?:speak|talk|behave|work))[>*:\s]*",
    re.IGNORECASE,
)
_TAKES_BACK = re.compile(
    r"\b(?:never|no|not|nothing|nobody|avoid|without|wrong|false|bad|say|says|said|tell|tells|told"
    r"|claims?|asks?|answers?|words?|sentences?|examples?|following|if|when|until|unless|suppose"
    r"|imagine|pretend|e\.g|i\.e)\b|n't\b|[\"“”«»:]",
    re.IGNORECASE,
)

_CALLER = r"(?:caller|user|customer|client|guest|patient)s?"
_CALLERS = rf"(?:the |your |all )?{_CALLER}"
_ANYTIME = r"(?: at any time| any ?time| whenever (?:they|you) (?:like|want|wish))"
_FREE = r"(?:is|are|(?:should )?(?:be|feel)) (?:always )?(?:free|welcome|allowed|encouraged)"
_CANNOT = r"(?:cannot|can't|can never|must (?:not|never))"
_MAY_NOT = (
    rf"(?:{_CANNOT}|may (?:not|never)|(?:is|are) (?:not|never) (?:allowed|permitted|able) to)"
)
_ABLE = r"interrupt[ai]ble"
_ASSISTANT = (
    r"(?: an? (?:helpful )?(?:voice )?(?:assistant|agent)"
    r"(?: (?:communicating|speaking) (?:through|by) voice)? (?:who|that) is)"
)

_INVITES = (
    rf"{_CALLERS} (?:(?:can(?: always)?|{_FREE} to) interrupt you{_ANYTIME}?"
    rf"|may interrupt you{_ANYTIME})",
    rf"(?:let|allow|encourage|invite) {_CALLERS} (?:to )?interrupt you{_ANYTIME}?",
    rf"tell {_CALLERS} (?:to feel free to|that they (?:can|may)) interrupt (?:you|me){_ANYTIME}?",
    rf"you(?: are|'re) (?:always )?{_ABLE}{_ANYTIME}?",
    rf"you can (?:always )?be interrupted{_ANYTIME}?",
)
_FORBIDS = (
    rf"{_CALLERS} {_MAY_NOT} interrupt you{_ANYTIME}?",
    rf"(?:nobody|no one|no {_CALLER}) (?:can|may|is allowed to) interrupt you{_ANYTIME}?",
    rf"(?:do not|don't|never) (?:let|allow) (?:{_CALLERS}|anyone) (?:to )?interrupt you",
    rf"tell {_CALLERS} (?:not to|that they {_MAY_NOT}) interrupt (?:you|me)",
    rf"you(?: are|'re){_ASSISTANT}? (?:not |never |un|non-){_ABLE}",
    rf"you {_CANNOT} be interrupted",
)
# What is spoken word for word is heard by the caller, who is "you" in it.
_INVITES_ALOUD = (
    rf"(?:you (?:can|may)(?: always)?|you(?: are|'re) (?:free|welcome) to|feel free to) "
    rf"interrupt me{_ANYTIME}?",
    rf"interrupt me{_ANYTIME}?",
)
_FORBIDS_ALOUD = (
    r"(?:do not|don't|you (?:cannot|can't|may not|must not)) interrupt "
    r"(?:me|this (?:message|announcement))",
    r"i (?:cannot|can't) be interrupted",
)


def invitation(text: str, *, aloud: bool = False) -> str | None:
    """Return the sentence of a text that lets callers interrupt; `aloud` if callers hear it."""
    return _find(text, _INVITES_ALOUD if aloud else _INVITES)


def prohibition(text: str, *, aloud: bool = False) -> str | None:
    """Return the sentence of a text that forbids callers to interrupt; `aloud` if they hear it."""
    return _find(text, _FORBIDS_ALOUD if aloud else _FORBIDS)


def _find(text: str, rules: tuple[str, ...]) -> str | None:
    if "interrupt" not in text.lower():
        return None
    rule = rf"((?:please |always )?(?:{'|'.join(rules)}))(?:\.|!*)"
    for sentence, introduction in sentences(text):
        found = re.fullmatch(rule, plain(sentence), re.IGNORECASE)
        if found and _leaves_as_it_is(introduction):
            return sentence[: found.end(1)]
    return None


def _leaves_as_it_is(introduction: str) -> bool:
    if introduction.endswith((".", "!")):
        return not _TAKES_BACK.search(introduction)
    return not introduction or bool(_HEADING.fullmatch(introduction))
