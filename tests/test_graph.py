"""Where calls go among agents, as `show --graph` draws it: for a terminal, and for Mermaid."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import pytest
from support import ROOT, Golden
from support.browser import Page, chromium, new_page
from support.parts import CHROMIUM, MERMAID
from support.profiles import MODELS

from voice_agent import load
from voice_agent.commands import show
from voice_agent.commands.graph import mermaid, text
from voice_agent.commands.graph.drawing import graph
from voice_agent.errors import UsageError
from voice_agent.format.diagnostics import width

DRAWN = ROOT / "tests" / "graphs"
LUIGI = DRAWN / "luigi.yaml"
SHIPPED = [path for path in sorted((ROOT / "profiles").glob("*.yaml")) if load(path).agents]
PATHS = [*sorted(DRAWN.glob("*.yaml")), *SHIPPED]


@pytest.mark.parametrize("path", PATHS, ids=lambda path: path.stem)
@pytest.mark.parametrize("form", ["text", "mermaid", "json"])
def test_a_graph_is_drawn_exactly_so(
    path: Path, form: str, golden: Golden, capsys: pytest.CaptureFixture[str]
) -> None:
    options = [] if form == "text" else ["--format", form]
    assert show.run([str(path), "--graph", *options]) == 0
    suffix = {"text": ".txt", "mermaid": ".mmd", "json": ".json"}[form]
    golden((DRAWN / path.name).with_suffix(suffix), capsys.readouterr().out)


@pytest.mark.parametrize("path", PATHS, ids=lambda path: path.stem)
def test_no_line_for_a_terminal_is_wider_than_80_columns(path: Path) -> None:
    assert [line for line in text.lines(graph(load(path))) if width(line) > 80] == []


def test_a_word_that_no_line_holds_is_broken(tmp_path: Path) -> None:
    path = tmp_path / "desk.yaml"
    when = "x" * 300
    agents = f"agents: {{a: {{handoffs: {{b: {{when: {when}}}}}}}, b: {{}}}}\n"
    path.write_text(f"instructions: Be brief.\n{agents}{MODELS}")
    found = [*text.lines(graph(load(path)))]
    assert max(map(width, found)) == 80
    assert "".join(found).count("x") == 300


def test_a_profile_without_agents_is_one(tmp_path: Path) -> None:
    path = tmp_path / "front-desk.yaml"
    path.write_text(f"instructions: Be brief.\ntools: {{end_call: }}\n{MODELS}")
    found = graph(load(path))
    assert [*text.lines(found)] == [
        "front-desk, where calls begin",
        "  tools: end_call",
    ]
    assert [*mermaid.lines(found)] == [
        "flowchart TD",
        "  call([a call]) --> agent",
        '  agent["front-desk<br/>tools#58; end_call"]',
    ]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--format", "mermaid"], "goes with --graph"),
        (["--prompt", "--format", "mermaid"], "goes with --graph"),
        (["--graph", "--format", "yaml"], "--format json or mermaid"),
        (["--graph", "--prompt"], "leave one of them out"),
        (["--graph", "--var", "people=4"], "--var goes with --prompt"),
    ],
)
def test_what_does_not_go_together_is_refused(options: list[str], message: str) -> None:
    with pytest.raises(UsageError, match=message):
        show.run([str(LUIGI), *options])


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A Chromium, by its address."""
    with chromium(CHROMIUM.path(), tmp_path_factory.mktemp("chromium")) as address:
        yield address


@pytest.fixture
async def page(browser: str, tmp_path: Path) -> AsyncIterator[Page]:
    """A page that has Mermaid."""
    script = Path(MERMAID.path()).as_uri()
    start = "mermaid.initialize({startOnLoad: false})"
    html = f'<meta charset="utf-8"><script src="{script}"></script><script>{start}</script><body>'
    path = tmp_path / "page.html"
    path.write_text(html)
    async with new_page(browser) as page:
        await page.open(path)
        yield page


async def drawn(page: Page, source: str) -> dict[str, Any]:
    """Have Mermaid draw a flowchart, and return the texts that a reader sees in it."""
    await page.ask(
        "window.drawn = null;"
        f"mermaid.render('graph', {json.dumps(source)}).then(({{svg}}) => {{"
        "document.body.innerHTML = svg;"
        "const seen = each => [...document.querySelectorAll(each)].map(it => it.innerText.trim());"
        "window.drawn = {nodes: seen('.nodeLabel'), ways: seen('span.edgeLabel')}"
        "}, why => { window.drawn = {failed: String(why)} }); null"
    )
    await page.until("window.drawn")
    found: dict[str, Any] = await page.ask("window.drawn")
    assert "failed" not in found, found
    return found


@pytest.mark.parametrize("path", PATHS, ids=lambda path: path.stem)
async def test_mermaid_draws_every_agent_and_shows_every_text_as_it_is_written(
    path: Path, page: Page
) -> None:
    found = graph(load(path))
    seen = await drawn(page, "\n".join(mermaid.lines(found)))
    nodes = [each.splitlines()[0] for each in seen["nodes"]]
    assert {each.name for each in found.stations} < {*nodes}
    ways = [way for each in found.stations for way in each.ways] + [*found.from_anywhere]
    labels = [" ".join(each.split()) for each in seen["ways"]]
    assert sorted(filter(None, labels)) == sorted(" ".join(way.said.split()) for way in ways)
    says = [each for station in found.stations for each in (station.keys or {}).values()]
    for each in says:
        assert any(" ".join(each.split()) in " ".join(node.split()) for node in seen["nodes"]), each
