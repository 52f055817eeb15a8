"""What goes wrong with a request, without a word of what a server answered."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Literal, TypeAlias

if TYPE_CHECKING:
    from .exchange import Exchange

Kind: TypeAlias = Literal[
    "timeout", "connection", "status", "too_large", "not_json", "redirect", "address"
]


class Failed(Exception):
    """A request that has no answer to use: why, and the status if there was one.

    `reason` is a sentence for the operator. `exchanges` are the attempts that were made.
    """

    def __init__(
        self,
        kind: Kind,
        status: int | None = None,
        reason: str = "",
        exchanges: tuple[Exchange, ...] = (),
    ) -> None:
        super().__init__(kind if status is None else f"{kind} {status}")
        self.kind: Kind = kind
        self.status = status
        self.reason = reason
        self.exchanges = exchanges


class Unsendable(Exception):
    """A value that cannot stand where the request needs it; nothing was sent.

    The text names the parameters or variables and says what is wrong with their values. `names`
    are those, and `by_llm` tells whether the LLM has chosen one of the values.
    """

    by_llm = False

    def __init__(self, text: str, names: Iterable[str] = ()) -> None:
        super().__init__(text)
        self.names = frozenset(names)
