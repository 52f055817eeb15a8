"""A real Chromium without a window, driven over its DevTools protocol."""

from __future__ import annotations

import asyncio
import base64
import os
import signal
import subprocess
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any

import aiohttp

from .program import eventually

_FLAGS = (
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-extensions",
    "--disable-sync",
    "--hide-scrollbars",
    "--no-first-run",
    "--mute-audio",
    "--remote-debugging-port=0",
)


class Page:
    """One page, and everything that its console complained about."""

    def __init__(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        self._socket = socket
        self._session: str | None = None
        self._number = 0
        self._answers: dict[int, asyncio.Future[dict[str, Any]]] = {}
        self._loaded = asyncio.Event()
        self.complaints: list[str] = []
        self.requests: list[str] = []

    async def listen(self) -> None:
        """Take in what Chromium says, until it goes."""
        async for message in self._socket:
            said = message.json()
            if "id" in said:
                self._answers.pop(said["id"]).set_result(said)
            elif said["method"] in ("Runtime.exceptionThrown", "Log.entryAdded"):
                self.complaints.append(str(said["params"]))
            elif said["method"] == "Runtime.consoleAPICalled":
                self.complaints.append(str(said["params"]["args"]))
            elif said["method"] == "Network.requestWillBeSent":
                self.requests.append(said["params"]["request"]["url"])
            elif said["method"] == "Page.loadEventFired":
                self._loaded.set()

    async def send(self, method: str, **params: Any) -> dict[str, Any]:
        """Give a DevTools command, and return its result."""
        self._number += 1
        number = self._number
        self._answers[number] = asyncio.get_running_loop().create_future()
        session = {"sessionId": self._session} if self._session else {}
        await self._socket.send_json({"id": number, "method": method, "params": params, **session})
        answer = await asyncio.wait_for(self._answers[number], 30)
        assert "error" not in answer, answer
        result: dict[str, Any] = answer["result"]
        return result

    async def attach(self) -> None:
        """Make a page, and listen to it."""
        target = await self.send("Target.createTarget", url="about:blank")
        target_id = target["targetId"]
        attached = await self.send("Target.attachToTarget", targetId=target_id, flatten=True)
        self._session = attached["sessionId"]
        for domain in ("Page", "Runtime", "Log", "Network"):
            await self.send(f"{domain}.enable")

    async def open(self, path: Path) -> None:
        """Open a file, and wait until it is loaded."""
        self._loaded.clear()
        await self.send("Page.navigate", url=path.as_uri())
        await asyncio.wait_for(self._loaded.wait(), 30)

    async def look(self, *, width: int, height: int = 900, dark: bool = False) -> None:
        """Give the window this size, and the reader this taste."""
        await self.send(
            "Emulation.setDeviceMetricsOverride",
            width=width,
            height=height,
            deviceScaleFactor=1,
            mobile=False,
        )
        taste = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
        await self.send("Emulation.setEmulatedMedia", features=[taste])

    async def ask(self, expression: str) -> Any:
        """Evaluate JavaScript in the page; its value must be plain data."""
        answer = await self.send("Runtime.evaluate", expression=expression, returnByValue=True)
        assert "exceptionDetails" not in answer, answer
        return answer["result"].get("value")

    async def until(self, expression: str, within: float = 15) -> None:
        """Wait until this is so in the page."""
        deadline = asyncio.get_running_loop().time() + within
        while not await self.ask(expression):
            assert asyncio.get_running_loop().time() < deadline, f"never came true: {expression}"
            await asyncio.sleep(0.05)

    async def click(self, selector: str, *, index: int = 0) -> None:
        """Click in the middle of an element, as a hand with a mouse does."""
        x, y = await self.ask(
            f"(() => {{ const part = document.querySelectorAll({selector!r})[{index}];"
            "part.scrollIntoView({block: 'center', behavior: 'instant'});"
            "const box = part.getBoundingClientRect();"
            "return [box.x + box.width / 2, box.y + box.height / 2]; })()"
        )
        for kind in ("mousePressed", "mouseReleased"):
            await self.send(
                "Input.dispatchMouseEvent", type=kind, x=x, y=y, button="left", clickCount=1
            )

    async def press(self, key: str) -> None:
        """Press and release a key by its name, such as `Tab`."""
        code = {"Tab": 9, "Enter": 13, "ArrowRight": 39}[key]
        text = {"text": "\r"} if key == "Enter" else {}
        for kind in ("keyDown", "keyUp"):
            more = text if kind == "keyDown" else {}
            await self.send(
                "Input.dispatchKeyEvent", type=kind, key=key, windowsVirtualKeyCode=code, **more
            )

    async def picture(self, path: Path, *, whole: bool = True) -> None:
        """Save a screenshot."""
        shot = await self.send("Page.captureScreenshot", captureBeyondViewport=whole)
        path.write_bytes(base64.b64decode(shot["data"]))


@contextmanager
def chromium(program: str, folder: Path) -> Iterator[str]:
    """Start a Chromium whose traces stay in `folder`, and yield its address."""
    process = subprocess.Popen(
        [program, *_FLAGS, f"--user-data-dir={folder}", "about:blank"],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env={**os.environ, "HOME": str(folder)},
        start_new_session=True,
    )
    file = folder / "DevToolsActivePort"
    try:
        assert eventually(lambda: file.exists() and file.read_text().count("\n") == 1, 30)
        port, path = file.read_text().splitlines()
        yield f"ws://127.0.0.1:{port}{path}"
    finally:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


@asynccontextmanager
async def new_page(address: str) -> AsyncIterator[Page]:
    """Open a page of its own in the Chromium at this address."""
    async with (
        aiohttp.ClientSession() as http,
        http.ws_connect(address, max_msg_size=0) as socket,
    ):
        page = Page(socket)
        listening = asyncio.create_task(page.listen())
        try:
            await page.attach()
            yield page
        finally:
            listening.cancel()
            await asyncio.gather(listening, return_exceptions=True)
