"""Sentences of instructions that promise what an agent without tools cannot do.

Such a sentence tells the agent to do it ("Transfer the caller to sales."), perhaps under a
condition, or says that it can. No other sentence with the same words counts: "Never transfer
calls." and "Tell the caller to hang up." promise nothing. So much that is promised is missed, and
what is found is right.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from .sentences import paragraphs, plain

# A promise that ends later in its sentence is not looked for.
_FURTHEST = 400

_CALLER = r"(?:call(?:er)?|customer|patient|client|guest|user|person|member|tenant|lead|visitor)s?"
_WHOM = (
    r"(?:(?:(?:the|this|that|your|our|every|each|any|all|an?) )?(?:(?:angry|upset|urgent|new) )?"
    rf"{_CALLER}|them|him|her)"
)
_SOME = r"(?:(?:the|their|his|her|its|an?|any|our|your|this|that|all) )?(?:[\w'-]+ ){0,3}?"
_OUR = r"(?:(?:the|our|your|an?|any|in|with|for|company) )*(?:[\w-]+ )??"
_DATA = (
    r"(?:order|account|booking|appointment|reservation|record|profile|invoice|balance|policy|ticket"
    r"|case|claim|status|shipment|parcel|package|delivery|subscription|membership|prescription"
    r"|purchase|payment|customer|patient|member|caller|client|detail|flight|availability)(?:s|ies)?"
)
_SYSTEM = (
    r"(?:system|database|crm|calendar|schedule|inventory|stock|availability|record|internet|web"
    r"|website|backend|knowledge base|available (?:slot|time|appointment)|free slot)s?"
)
_MESSAGE = (
    r"(?:sms|text messages?|texts?|e-?mails?|whatsapps?|links?|confirmations?|reminders?|invoices?"
    r"|receipts?|brochures?|quotes?|codes?|summary|notifications?|messages?|pdfs?|documents?)"
)
_TEAM = (
    r"(?:(?:the|our|your) )?(?:[\w-]+ ){0,2}?(?:team|manager|staff|technician|owner|kitchen"
    r"|dispatcher|nurse|doctor|office|department|engineer)"
)
_BOOK = r"(?:book|schedule|reschedule|cancel|reserve|change|move)"
_BOOKING = (
    r"(?:appointment|table|room|slot|meeting|reservation|viewing|visit|booking|demo|consultation"
    r"|test drive|inspection|ride|taxi|class|lesson|cleaning|check-?up)s?"
)
_ENTERED = r"(?:calendar|system|crm|database|diary)"

# What is promised, and in which words.
_PROMISED = {
    "transfer": (
        rf"(?:transfer|forward|route|escalate|patch) {_WHOM}\b",
        r"(?:transfer|escalate|forward|hand (?:over|off))(?: (?:immediately|directly))? to\b",
        r"redirect (?:the |this |every |all )?calls?\b",
        r"escalate (?:the |this )?(?:issue|case|matter|conversation) to\b",
        rf"put {_WHOM} through\b",
        rf"connect {_WHOM} (?:to|with)\b",
        rf"hand {_WHOM} (?:over|off)\b",
        r"hand (?:over|off) (?:the |this )?(?:call|conversation)\b",
    ),
    "hang-up": (
        r"hang up\b",
        r"(?:end|terminate|drop) (?:the|this) (?:phone )?call\b(?! (?:with|by|on|using)\b)",
        r"disconnect (?:the|this) (?:call|line|caller)\b",
    ),
    "look-up": (
        rf"(?:look up|pull up|retrieve|fetch) {_SOME}{_DATA}\b(?:'s? [\w-]+)?",
        r"look (?:them|it|him|her|(?:the|their|this|that) [\w ]{1,30}?) up\b",
        rf"find {_SOME}{_DATA} (?:in|by|using)\b",
        rf"(?:check|search|query|consult|access) (?!(?:their|his|her)\b){_OUR}{_SYSTEM}\b",
        rf"check {_SOME}(?:status|balance)\b",
        rf"track {_SOME}(?:order|delivery|shipment|parcel|package)s?\b",
    ),
    "send": (
        rf"send (?:(?:{_WHOM}|us|{_TEAM}) )?(?:(?:out|over) )?{_SOME}{_MESSAGE}\b",
        rf"(?:text|e-?mail|message) (?:{_WHOM}|us|{_TEAM})\b",
        rf"(?:text|e-?mail) (?:the|an?|their) (?:[\w-]+ ){{0,2}}?{_MESSAGE}\b",
        rf"(?:notify|alert|page) {_TEAM}\b",
    ),
    "book": (
        rf"{_BOOK}(?:,? (?:and |or )?{_BOOK})* {_SOME}{_BOOKING}\b",
        rf"(?:add|put|enter|save|log|record|write) [\w' -]{{1,60}}? (?:to|in|into|on) "
        rf"(?:the|our|your) {_ENTERED}\b",
        r"(?:create|open|raise|submit) (?:an? |the )?(?:[\w-]+ ){0,2}?"
        r"(?:ticket|calendar (?:event|entry|invite)|work order)s?\b",
        rf"update (?:the|their|our) (?:[\w-]+ )?(?:{_ENTERED}|records?|accounts?)\b",
        r"(?:process|issue|take) (?:an? |the |their |any )?(?:[\w-]+ )??(?:payment|refund)s?\b",
        r"charge (?:the|their) (?:[\w-]+ )?card\b",
        r"place (?:the|their|an) order\b",
    ),
    "keys": (
        r"press (?:the )?(?:[0-9*#]|one|two|three|four|five|six|seven|eight|nine|zero|star|pound"
        r"|hash|key|digit|button)s?\b",
        r"send dtmf\b",
        r"dial (?:the )?(?:extension|[0-9])",
        r"navigate (?:the |an |any )?(?:ivrs?|phone (?:menu|tree)s?)\b",
    ),
    "memory": (
        r"(?:remember|recall) [\w', -]{0,80}?\b(?:between calls|across calls|next time"
        r"|in (?:later|future) calls|(?:previous|past|earlier|last) calls?"
        r"|(?:previous|past|last) conversations?)\b",
        r"(?:remember|recogni[sz]e|greet) (?:returning|repeat) (?:callers?|customers?|guests?)\b",
        r"refer (?:back )?to (?:the |their )?(?:previous|past|earlier|last) calls?\b",
    ),
}
_PATTERNS = {
    kind: re.compile(rf"\b(?:{'|'.join(patterns)})", re.IGNORECASE)
    for kind, patterns in _PROMISED.items()
}

# What may stand before a promise in its sentence, all of it.
_CONDITION = (
    r"(?:(?:and |but |otherwise |only )?(?:if|when|whenever|once|after|before|as soon as|in|for"
    r"|unless|on|upon|during|at|to|should|with)\b[^,:;]{0,160}[,:] (?:then )?)"
)
_ADVERB = (
    r"(?:(?:please|always|then|next|finally|immediately|politely|first|now|simply|just|also"
    r"|otherwise|instead|afterwards|only|and|so|proactively|automatically|directly|warmly),? )"
)
_CAN = (
    r"(?:can|may|will|should|must|shall|need to|have to|are able to|are allowed to"
    r"|(?:are|'re) (?:going|expected|supposed) to|have the ability to)"
)
_YOU = (
    rf"you(?:'ll)? (?:{_CAN} )?"
    rf"|your (?:main |primary |only )?(?:job|task|goal|role|purpose|mission) is to "
    rf"|you are (?:an? |the )[\w', -]{{1,100}}? (?:who|that) (?:can|will) "
)
_READY = (
    r"(?:(?:offer|agree|try|attempt|proceed|be ready|be prepared|make sure|be sure|remember"
    r"|feel free) to |go ahead and )"
)
_HELP = rf"(?:(?:help|assist) {_WHOM} (?:to )?)"
_BEFORE = re.compile(
    rf"{_CONDITION}?{_CONDITION}?{_ADVERB}*(?:{_YOU})?{_ADVERB}*{_READY}?{_HELP}?{_ADVERB}*",
    re.IGNORECASE,
)
_STEP = (
    r"(?:say|thank|apologi[sz]e|confirm|collect|get|take|greet|wish|read|note|summari[sz]e|repeat"
    r"|verify|explain|answer|give|ask for|stay|listen|provide|handle|acknowledge|gather|check"
    r"|look up|find|send|book|create|update|cancel|transfer)"
)
_AFTER_A_STEP = re.compile(
    rf"{_CONDITION}?{_ADVERB}*(?:{_YOU})?{_STEP}\b(?P<step>[^:;]*?)"
    rf"(?:,? and (?:then )?|, then |, ){_ADVERB}*",
    re.IGNORECASE,
)
# Words with which a step is another's, or is not taken.
_NO_STEP = re.compile(
    r"\b(?:tell|ask|remind|advise|instruct|let|have|invite|urge|that|whether|if|who|how|can|will"
    r"|not|never|no|cannot|without|to|or)\b|n't\b|[\"“”«»]",
    re.IGNORECASE,
)
# What comes after a promise and makes it none: all is in the prompt, or others do it.
_TAKES_BACK = re.compile(
    r"\b(?:below|above|following|listed|these instructions|this prompt|on (?:the|our|their) app"
    r"|on (?:the|our|their) website|is not|are not|is (?:handled|done)|are (?:handled|done))\b"
    r"|n't\b|\?$",
    re.IGNORECASE,
)
_LIST_OF_WISHES = re.compile(r"[^.]*\bor\b[^.]*,", re.IGNORECASE)

# An introduction or a heading below which nothing is promised.
_NOT_BELOW = re.compile(
    r"\b(?:never|no|not|nothing|cannot|avoid|forbidden|prohibited|limits?|limitations?|refuse"
    r"|unable|wrong|bad|examples?|instead|without|out of scope|asks?|wants?|requests?|says?"
    r"|would like|needs?|pretend|imagine)\b|n't\b"
    r"|^[#*\s]*(?:the |our |a |your )?(?:caller|customer|user|guest|patient|client|human|staff"
    r"|team|colleague|manager|office|people|person|doctor|they|we|others?)s?\b",
    re.IGNORECASE,
)
# "Emergencies: transfer the call." is told to the agent; "Caller: Transfer me." is a script.
_LABEL = re.compile(
    r"(?!(?:caller|customer|user|agent|assistant|you|bot|ai|example|say|human|staff)\b)"
    r"[\w /'*-]{1,40}: ",
    re.IGNORECASE,
)


class Promise(NamedTuple):
    """What is promised, one of KINDS, in which words, and the sentence that has them."""

    kind: str
    words: str
    sentence: str


KINDS = tuple(_PROMISED)


def promises(text: str) -> Iterator[Promise]:
    """Yield what instructions promise, in the order of the text."""
    for sentence, above in paragraphs(text):
        if (found := _in_sentence(sentence)) and not _NOT_BELOW.search(plain(above)):
            yield from found


def _in_sentence(sentence: str) -> list[Promise]:
    straight = plain(sentence)
    label = _LABEL.match(straight)
    if label and _NOT_BELOW.search(label[0]):
        return []
    start = label.end() if label else len(straight) - len(straight.lstrip("*_ "))
    found = []
    for kind, pattern in _PATTERNS.items():
        for match in pattern.finditer(straight, start, _FURTHEST):
            before, after = straight[start : match.start()], straight[match.end() :]
            if _leads_to_it(before, after) and not _TAKES_BACK.search(after):
                found.append(
                    (match.start(), Promise(kind, sentence[slice(*match.span())], sentence))
                )
                break
    return [promise for _, promise in sorted(found)]


def _leads_to_it(before: str, after: str) -> bool:
    """Tell whether the words before a promise leave it to the agent to keep it."""
    if _BEFORE.fullmatch(before):
        # "If callers ask to book, transfer the call or hang up, …" lists what they ask for.
        return not ("," in before and _LIST_OF_WISHES.match(after))
    step = _AFTER_A_STEP.fullmatch(before)
    return bool(step) and not _NO_STEP.search(step["step"] if step else "")
