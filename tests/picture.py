"""Make the README's picture of a rehearsal's report: `python tests/picture.py`."""

from __future__ import annotations

import asyncio
import subprocess
import sys
import tempfile
from pathlib import Path

from support import ROOT
from support.browser import chromium, new_page
from support.parts import CHROMIUM

PICTURE = ROOT / "docs" / "report.png"


async def _take(page_file: Path, traces: Path) -> None:
    with chromium(CHROMIUM.path(), traces) as browser:
        async with new_page(browser) as page:
            await page.look(width=900, height=1640)
            await page.open(page_file)
            await page.picture(PICTURE, whole=False)


def main() -> None:
    """Rehearse one call of the receptionist's, and photograph the report."""
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "out"
        words = ("receptionist", "--only", "cuts in", "--out", str(out))
        subprocess.run([sys.executable, "agent.py", "rehearse", *words], cwd=ROOT, check=True)
        asyncio.run(_take(out / "receptionist" / "report.html", Path(folder)))


if __name__ == "__main__":
    main()
