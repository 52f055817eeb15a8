"""Coverage and agents on the page of a rehearsal, in a real browser, and in its text."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
import pytest_asyncio
from support.browser import Page, chromium, new_page
from support.luigis import LUIGIS, booked, line_of, pressed, rehearsal
from support.parts import CHROMIUM
from support.rehearsals import HOSTILE

from voice_agent.rehearsal.report import artifacts, html, text
from voice_agent.rehearsal.results import Rehearsal, Step


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> Rehearsal:
    folder = tmp_path_factory.mktemp("luigis")
    return rehearsal(folder, booked(folder), pressed())


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a real Chromium."""
    with chromium(CHROMIUM.path(), tmp_path_factory.mktemp("chromium")) as address:
        yield address


@pytest_asyncio.fixture
async def page(browser: str, told: Rehearsal, tmp_path: Path) -> AsyncIterator[Page]:
    """The page, with everything unfolded, of which the browser has nothing to complain about."""
    artifacts.write([told], tmp_path / "out")
    async with new_page(browser) as page:
        await page.look(width=1200)
        await page.open(tmp_path / "out" / "luigis" / "report.html")
        await page.ask("document.querySelectorAll('details').forEach(each => each.open = true)")
        yield page
        assert page.complaints == []


async def texts(page: Page, selector: str) -> list[str]:
    found = await page.ask(
        f"[...document.querySelectorAll({selector!r})].map(each => each.innerText.trim())"
    )
    assert isinstance(found, list)
    return found


@pytest.mark.asyncio
async def test_the_time_axis_shows_which_agent_held_when_and_which_line_decided(
    page: Page, told: Rehearsal
) -> None:
    assert await texts(page, "#call-1 .agents button") == ["reception", "details", "booking"]
    assert await texts(page, "#call-2 .steps button") == ["key 4", "complaint"]
    boxes = await page.ask(
        "[...document.querySelectorAll('#call-1 .agents button')]"
        ".map(each => each.getBoundingClientRect()).map(box => [box.left, box.right])"
    )
    (_, first), (second, _), _ = boxes
    assert abs(first - second) < 1
    title = await page.ask("document.querySelectorAll('#call-1 .agents button')[2].title")
    line = line_of(LUIGIS, "booking: {when")
    assert title == (
        f'12.60 s: "details" hands over to "booking", as all is collected ({told.path}:{line})'
    )


@pytest.mark.asyncio
async def test_a_key_that_is_pressed_as_the_call_ends_is_seen(
    browser: str, told: Rehearsal, tmp_path: Path
) -> None:
    call = told.calls[1]
    last = Step(call.duration, "key_pressed", "1", agent="hotline")
    ending = replace(told, calls=(replace(call, steps=(*call.steps, last)),))
    artifacts.write([ending], tmp_path / "out")
    async with new_page(browser) as page:
        await page.look(width=390)
        await page.open(tmp_path / "out" / "luigis" / "report.html")
        right, end = await page.ask(
            "['.steps button:last-child', '.steps'].map(each => "
            "document.querySelector(each).getBoundingClientRect().right)"
        )
    assert right <= end


@pytest.mark.asyncio
async def test_a_click_on_an_agent_plays_the_call_from_there(page: Page) -> None:
    await page.click("#call-1 .agents button", index=1)
    await page.until("document.querySelector('#call-1 audio').currentTime >= 6.0")
    assert await texts(page, "#call-1 .agents .now") == ["details"]


@pytest.mark.asyncio
async def test_the_transcript_names_the_agent_at_each_of_its_turns(page: Page) -> None:
    assert await texts(page, "#call-1 .transcript .holder") == [
        "reception",
        "details",
        "details",
        "booking",
    ]


@pytest.mark.asyncio
async def test_the_profile_is_shown_with_what_is_reached_and_what_never_is(page: Page) -> None:
    rows = await texts(page, ".coverage tbody tr.never > th")
    assert len(rows) == 6
    assert 'agent "complaint"' in " ".join(rows)
    marked = await texts(page, ".source .never .at")
    never = ['"1": {say', '{"2": {', "  complaint:\n", "complaint: {when", "opening_hours: {"]
    assert marked == [str(line_of(LUIGIS, each)) for each in (*never, "  end_call:\n")]
    reached = await texts(page, ".source .reached .at")
    assert str(line_of(LUIGIS, "  booking:\n")) in reached
    assert not {*marked} & {*reached}


@pytest.mark.asyncio
@pytest.mark.parametrize("dark", [False, True])
@pytest.mark.parametrize("width", [390, 1200])
async def test_nothing_sticks_out_of_the_window(page: Page, width: int, dark: bool) -> None:
    await page.look(width=width, dark=dark)
    assert await page.ask("document.documentElement.scrollWidth") == width


def test_a_page_of_a_single_agent_has_no_lane_of_agents(told: Rehearsal) -> None:
    alone = replace(told, calls=(replace(told.calls[0], steps=(), turns=told.calls[0].turns[1:2]),))
    page = html.html(alone)
    assert 'class="lane agents"' not in page
    assert 'class="holder"' not in page


def test_reasons_and_names_are_escaped_on_the_page(told: Rehearsal) -> None:
    call = told.calls[1]
    steps = (*call.steps[:-1], replace(call.steps[-1], reason=HOSTILE))
    page = html.html(replace(told, calls=(replace(call, steps=steps),)))
    assert "onerror" in page
    assert "<img src=x" not in page


def test_the_terminal_names_the_agent_at_each_turn_and_lists_the_steps(told: Rehearsal) -> None:
    shown = text.render(told, colour=False, verbose=True)
    assert "┌ reception: Luigi's, good day." in shown
    assert "┌ booking: Your table is booked." in shown
    line = line_of(LUIGIS, "back: {when")
    back = f'1.40 "details" hands back to "reception" ({told.path}:{line})'
    assert back in " ".join(shown.split())
    assert "   12.50  " in shown
    assert 'The handoff to "complaint" is refused: The call loops.' in shown


def test_what_a_single_agent_collects_for_a_tool_stands_under_fields(told: Rehearsal) -> None:
    fields = tuple(
        replace(step, agent="") for step in told.calls[0].steps if step.name == "field_collected"
    )
    alone = replace(told, calls=(replace(told.calls[0], steps=fields),))
    assert "\n  Fields\n" in text.render(alone, colour=False, verbose=True)
    page = html.html(alone)
    assert "<h4>Fields</h4>" in page
    assert "<h4>Agents</h4>" not in page
