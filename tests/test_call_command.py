"""The command `call`: one tool of a profile, tried without a call."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest
from support.program import Run

PROFILE = """\
instructions: You are the receptionist of Luigi's.
stt: deepgram/nova-3
llm: openai/gpt-4.1-mini
tts: cartesia/sonic-3
variables:
  caller_number: {from: attributes.sip.phoneNumber, sample: "+4930123456"}
  booking: {type: string}
  open: {type: string}
tools:
  book_table:
    description: Books a table.
    parameters:
      day: {type: string, description: The day.}
      people: {type: integer, minimum: 1, maximum: 12, description: How many will come.}
      seat: {enum: [window, "1"], optional: true, description: Where they sit.}
      phone: {value: "{{ caller_number }}"}
    http:
      method: POST
      url: http://localhost:PORT/bookings/{{ day }}
      headers: {Authorization: "Bearer {{ secrets.BOOKING_TOKEN }}"}
    response: {save: {booking: id}, fields: [id], example: {id: B-1, secret: s}}
    on_error: {409: That time is gone. Offer another., default: Take a message.}
  cancel:
    description: Cancels the booking.
    http: DELETE http://localhost:PORT/bookings/{{ booking }}
    requires: {booking: There is no booking. Say so.}
    silent: true
  hours: {description: Says when we are open., http: GET http://localhost:PORT/hours}
  menu: {description: Says what we serve., result: "Pizza, for {{ caller_number }}."}
  change_language:
    description: Changes the language.
    switch:
      german: {stt: "deepgram/nova-3:de", say: "Gerne, auf Deutsch.", instructions: Speak German.}
      english: {tts: cartesia/sonic-3}
  show_map:
    description: Shows the way.
    parameters: {floor: {type: integer, description: The floor.}}
    rpc: {method: showMap, payload: {floor: "{{ floor }}", to: "{{ caller_number }}"}}
  end_call: {say: Goodbye.}
  send_dtmf_events:
  transfer_call:
    say: One moment please.
    destinations:
      billing: {when: The caller asks about an invoice., transfer_to: "+493012345678"}
    on_failure: Nobody is there. Say so.
"""


class Service:
    """A service on this machine: its answers, the last again and again, and what it was sent."""

    def __init__(self, *answers: tuple[int, str]) -> None:
        self._answers = list(answers)
        self.received: list[str] = []

    def answer(self, handler: BaseHTTPRequestHandler) -> None:
        """Answer a request."""
        body = handler.rfile.read(int(handler.headers.get("Content-Length", 0))).decode()
        self.received.append(f"{handler.command} {handler.path} {body}".strip())
        more = len(self._answers) > 1
        status, text = self._answers.pop(0) if more else self._answers[0]
        handler.send_response(status)
        handler.send_header("Content-Type", "application/json")
        handler.end_headers()
        handler.wfile.write(text.encode())


@contextmanager
def serving(*answers: tuple[int, str]) -> Iterator[tuple[Service, int]]:
    """Serve on a free port, in a thread."""
    service = Service(*answers)

    class Handler(BaseHTTPRequestHandler):
        def handle_one_request(self) -> None:
            self.raw_requestline = self.rfile.readline()
            if self.raw_requestline and self.parse_request():
                service.answer(self)

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield service, server.server_address[1]
        server.shutdown()
        thread.join()


@pytest.fixture
def desk(project: Path) -> Path:
    """The profile "desk", at whose port nobody listens."""
    return write(project, 9)


def write(project: Path, port: int) -> Path:
    """Write the profile "desk" for a service at a port."""
    path = project / "profiles" / "desk.yaml"
    path.parent.mkdir(exist_ok=True)
    path.write_text(PROFILE.replace("PORT", str(port)))
    return project


BOOK = ("call", "book_table", "day=2026-10-02", "people=4", "--profile", "desk")


def test_the_request_the_answer_and_what_the_llm_is_told_are_shown(
    run_here: Run, project: Path
) -> None:
    with serving((201, '{"id": "B-17", "table": "window"}')) as (service, port):
        write(project, port)
        done = run_here(*BOOK, cwd=project, BOOKING_TOKEN="s3cr3t-token")
    assert (done.returncode, done.stderr) == (0, "")
    assert service.received == ['POST /bookings/2026-10-02 {"people": 4, "phone": "+4930123456"}']
    request, answer, told = done.stdout.split("\n\n", 3)[0], *done.stdout.split("\n\n")[-2:]
    assert request.startswith(f"Request:\n  POST http://localhost:{port}/bookings/2026-10-02\n")
    assert "\n  Authorization: ***" in request
    assert re.match(r"Answer: 201 after \d+\.\d\d s, 33 bytes\n  \{\"id\": \"B-17\", ", answer)
    assert told == 'Saved as booking: B-17\nThe llm is told:\n  {"id": "B-17"}\n'


def test_a_secret_that_the_service_says_again_is_not_shown(run_here: Run, project: Path) -> None:
    with serving((201, '{"id": "s3cr3t-token"}')) as (_, port):
        write(project, port)
        done = run_here(*BOOK, cwd=project, BOOKING_TOKEN="s3cr3t-token")
    assert "s3cr3t" not in done.stdout
    assert done.stdout.endswith('  {"id": "***"}\n')


def test_an_answer_without_what_is_saved_of_it_saves_nothing(run_here: Run, project: Path) -> None:
    with serving((201, "{}")) as (_, port):
        path = write(project, port) / "profiles" / "desk.yaml"
        path.write_text(path.read_text().replace("booking: {", "booking: {default: none, "))
        done = run_here(*BOOK, cwd=project, BOOKING_TOKEN="s3cr3t-token")
    assert done.returncode == 0
    assert "Saved" not in done.stdout


def test_a_failure_shows_what_the_operator_has_the_llm_told(run_here: Run, project: Path) -> None:
    with serving((409, '{"why": "taken"}')) as (service, port):
        write(project, port)
        done = run_here(*BOOK, cwd=project, BOOKING_TOKEN="s3cr3t-token")
    assert done.returncode == 1
    assert len(service.received) == 1
    assert '\n  {"why": "taken"}\n\nFailed (409): The service answers 409 Conflict.' in done.stdout
    assert done.stdout.endswith("The llm is told:\n  That time is gone. Offer another.\n")


def test_every_try_is_shown(run_here: Run, project: Path) -> None:
    with serving((503, "{}"), (200, '"at noon"')) as (service, port):
        write(project, port)
        done = run_here("call", "hours", "--profile", "desk", cwd=project)
    assert done.returncode == 0
    assert service.received == ["GET /hours", "GET /hours"]
    assert re.search(r"Answer 1: 503 .*Answer 2: 200 ", done.stdout, re.DOTALL)
    assert done.stdout.endswith('  "at noon"\n')


def test_a_service_that_is_not_there_is_named(run_here: Run, desk: Path) -> None:
    done = run_here(*BOOK, cwd=desk, BOOKING_TOKEN="s3cr3t-token")
    assert done.returncode == 1
    assert "Answer: none after" in done.stdout
    assert 'Failed (connection): There is no connection to "localhost" (port 9).' in done.stdout
    assert done.stdout.endswith("Take a message.\n")


def test_a_value_that_cannot_be_sent_is_what_the_llm_is_told(run_here: Run, desk: Path) -> None:
    words = ("call", "book_table", "day=..", "people=4", "--profile", "desk")
    done = run_here(*words, cwd=desk, BOOKING_TOKEN="s3cr3t-token")
    assert done.returncode == 1
    assert "Request:" not in done.stdout
    assert "  Nothing was done. The value of day cannot be sent: it must not be" in done.stdout


@pytest.mark.calls
def test_offline_the_stand_in_answers_and_no_secret_is_needed(run_here: Run, desk: Path) -> None:
    done = run_here(*BOOK, "--offline", cwd=desk)
    assert (done.returncode, done.stderr) == (0, "")
    assert "  POST http://localhost:9/bookings/2026-10-02\n" in done.stdout
    assert re.search(r"^Answer of the stand-in: 200 ", done.stdout, re.MULTILINE)
    assert done.stdout.endswith('The llm is told:\n  {"id": "B-1"}\n')


def test_a_tool_that_requires_what_is_not_there_is_not_run(run_here: Run, project: Path) -> None:
    with serving((204, "")) as (service, port):
        write(project, port)
        done = run_here("call", "cancel", "--profile", "desk", cwd=project)
        assert done.returncode == 1
        assert done.stdout.endswith("  There is no booking. Say so.\n" + SILENT)
        assert not service.received
        done = run_here("call", "cancel", "--profile", "desk", "--var=booking=B-1", cwd=project)
        assert done.returncode == 0
        assert service.received == ["DELETE /bookings/B-1"]


SILENT = "It says nothing to it, as the tool is silent.\n"


def test_a_fixed_answer_is_told_with_its_values(run_here: Run, desk: Path) -> None:
    words = ("call", "menu", "--profile", "desk")
    assert run_here(*words, cwd=desk).stdout == 'The llm is told:\n  Pizza, for "+4930123456".\n'
    said = run_here(*words, "--var", "caller_number=+1", cwd=desk).stdout
    assert said.endswith('  Pizza, for "+1".\n')


@pytest.mark.parametrize(
    ("typed", "lines"),
    [
        (
            "change_language choice=german",
            [
                "use deepgram/nova-3 for stt from then on",
                "add to the instructions: Speak German.",
                "say: Gerne, auf Deutsch.",
            ],
        ),
        (
            "change_language choice=english",
            [
                "use cartesia/sonic-3 for tts from then on",
                "tell the llm that it is english now",
            ],
        ),
        (
            "show_map floor=2",
            [
                f"call showMap of the caller's frontend with "
                f"{json.dumps({'floor': 2, 'to': '+4930123456'})}",
                "wait 5 seconds for its answer, and tell the llm what it is",
            ],
        ),
        (
            "end_call",
            ["say: Goodbye.", "go on if the caller speaks into that", "delete the room"],
        ),
        (
            "transfer_call destination=billing",
            [
                "say: One moment please.",
                "transfer to billing (+493012345678), and be out of the call",
                "tell the llm, if that fails: Nobody is there. Say so.",
            ],
        ),
        ('send_dtmf_events events=["1","#"]', ["press 1 # on the telephone"]),
    ],
)
def test_what_a_tool_would_do_in_a_call_is_told(
    run_here: Run, desk: Path, typed: str, lines: list[str]
) -> None:
    done = run_here("call", *typed.split(" "), "--profile", "desk", cwd=desk)
    assert (done.returncode, done.stderr) == (0, "")
    first, *rest = done.stdout.splitlines()
    assert first.endswith("does its work in a call, and there is none here. In one, it would:")
    assert rest == [f"  {line}" for line in lines]


TAKES = (
    "book_table takes: day (string: The day); people (integer: How many will come); "
    "seat (one of window, 1, or nothing: Where they sit)."
)


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ("bok_table", 'The profile "desk" has no tool "bok_table". Did you mean "book_table"?'),
        (
            "weather",
            'The profile "desk" has no tool "weather". There are: book_table, cancel, hours, '
            "menu, change_language, show_map, end_call, send_dtmf_events, transfer_call.",
        ),
        ("book_table day=x", f"people is missing. {TAKES}"),
        ("book_table day=x people=13", f"people: 13 is greater than the maximum of 12. {TAKES}"),
        ("book_table day=x people=four", f"people: 'four' is not of type 'integer'. {TAKES}"),
        (
            "book_table day=x peopel=4",
            'book_table has no parameter "peopel" for the llm. Did you mean "people"?',
        ),
        ("book_table phone=1", f'book_table has no parameter "phone" for the llm. {TAKES}'),
        ("book_table day", f'"day" must be NAME=VALUE. {TAKES}'),
        ("book_table day=x day=y", '"day" is given twice. Keep one of the two.'),
        ("hours day=x", 'hours has no parameter "day" for the llm. hours takes no arguments.'),
        (
            "transfer_call destination=+491234",
            "destination has to be one of these: billing. "
            'It is "+491234". transfer_call takes: destination (one of billing).',
        ),
        (
            "menu --var caler_number=1",
            'The profile "desk" has no variable "caler_number". Did you mean "caller_number"?',
        ),
    ],
)
def test_a_mistake_is_a_sentence_that_says_what_to_write(
    run_here: Run, desk: Path, typed: str, sentence: str
) -> None:
    done = run_here("call", *typed.split(" "), "--profile", "desk", cwd=desk)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == f"{sentence}\n"


def test_an_enum_takes_what_looks_like_a_number(run_here: Run, project: Path) -> None:
    with serving((201, '{"id": 1}')) as (service, port):
        write(project, port)
        words = ("call", "book_table", "day=x", "--profile", "desk", "people=4", "seat=1")
        run_here(*words, cwd=project, BOOKING_TOKEN="s3cr3t-token")
    assert '"seat": "1"' in service.received[0]


def test_the_secrets_that_the_tool_needs_are_named_and_no_others(run_here: Run, desk: Path) -> None:
    done = run_here(*BOOK, cwd=desk)
    assert done.returncode == 2
    assert 'The profile "desk" names BOOKING_TOKEN as a secret.' in done.stderr
    assert run_here("call", "hours", "--profile", "desk", cwd=desk).returncode == 1


def test_a_profile_without_tools_says_how_to_have_one(run_here: Run, project: Path) -> None:
    path = project / "profiles" / "plain.yaml"
    path.parent.mkdir()
    path.write_text(PROFILE.partition("variables:")[0])
    done = run_here("call", "hours", "--profile", "plain", cwd=project)
    assert done.returncode == 2
    assert done.stderr.endswith('It has none: declare it under "tools".\n')
