"""A few of the calls of `python tests/soak.py`, and whether it would notice what is wrong."""

from __future__ import annotations

import os
from collections.abc import Iterator
from unittest import mock

import pytest
import soak

from voice_agent.runtime.tools import over_http
from voice_agent.standin.process import Standin


@pytest.fixture
def run(standin: Standin) -> Iterator[soak.Soak]:
    before = dict(os.environ)
    yield soak.Soak(1, standin, {})
    os.environ.clear()
    os.environ.update(before)


@pytest.mark.parametrize("number", range(1, 7))
def test_nothing_is_lost_doubled_stuck_or_leaked(run: soak.Soak, number: int) -> None:
    assert run.call(number) == []


def test_a_request_that_is_sent_twice_is_noticed(run: soak.Soak) -> None:
    send = over_http.run

    async def twice(*given: object) -> object:
        await send(*given)  # type: ignore[arg-type]
        return await send(*given)  # type: ignore[arg-type]

    with mock.patch.object(over_http, "run", twice):
        found = run.call(_one_that_orders())
    assert any(each.startswith("doubled: ") for each in found)


def _one_that_orders() -> int:
    """Return the number of a call whose first step is an order that nobody talks into."""
    for number in range(1, 1000, 2):  # with one agent alone
        first = soak.draw(f"1/{number}", spoken=False).steps[0]
        orders = isinstance(first.reply, dict) and "dish" in first.reply["with"]
        if orders and first.barge_in is None and first.reply["call"] == "order":
            return number
    raise AssertionError


def test_a_seed_draws_the_same_call_again() -> None:
    drawn = [soak.draw("1/7", spoken=False) for _ in range(2)]
    assert drawn[0] == drawn[1]
    assert drawn[0] != soak.draw("1/8", spoken=False)
