"""A server of Terraform's HTTP backend protocol that is strict, as an independent witness.

It imports nothing of ours. A write without the lock's id is refused while the state is locked, an
unlock needs the id of the holder, a lock needs all that GitLab requires. ``gitlab`` makes it like
GitLab: other methods and paths, 409, answers that name the holder by id, user and time alone, and
no serial twice.
"""

import base64
import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

from tests.listening import Handler, address, listening

REQUIRED = {"ID", "Operation", "Info", "Who", "Version", "Created", "Path"}
PATH = "/state/voice"
GITLAB_PATH = "/api/v4/projects/7/terraform/state/voice"

AWAY, DEAF = "away", "deaf"


@dataclass
class Terraform:
    """The state, its lock, and what was asked.

    ``fault`` says what goes wrong with a request, after ``(method, path)``: a status to answer
    instead, ``AWAY`` for no answer, ``DEAF`` for no answer after it was done.
    """

    gitlab: bool = False
    login: tuple[str, str] | None = None
    is_lying: bool = False
    """Whether the lock is given to everybody, and its id is not looked at."""
    is_tidy: bool = False
    """Whether JSON is stored as the server would write it."""
    fault: Callable[[str, str], int | str | None] = lambda _method, _path: None
    state: str | None = None
    serials: dict[int, str] = field(default_factory=dict)
    lock: dict[str, Any] | None = None
    asked: list[tuple[str, str, str]] = field(default_factory=list)
    """Method, path with query, and ``Authorization`` of each request."""
    url: str = ""
    _guard: threading.RLock = field(default_factory=threading.RLock)

    @property
    def content(self) -> Any:
        return json.loads(self.state or "null")

    @property
    def posts(self) -> int:
        return sum(method == "POST" and "/lock" not in path for method, path, _ in self.asked)

    def answer(self, method: str, target: str, login: str, body: bytes) -> tuple[int, str]:
        parts = urlsplit(target)
        with self._guard:
            if (
                self.login
                and login != f"Basic {base64.b64encode(':'.join(self.login).encode()).decode()}"
            ):
                return (401, '{"message":"401 Unauthorized"}')
            own = GITLAB_PATH if self.gitlab else PATH
            lock = ("POST", f"{own}/lock") if self.gitlab else ("LOCK", own)
            unlock = ("DELETE", f"{own}/lock") if self.gitlab else ("UNLOCK", own)
            if (method, parts.path) == lock:
                return self._lock(json.loads(body))
            if (method, parts.path) == unlock:
                return self._unlock(json.loads(body))
            if (method, parts.path) == ("GET", own):
                return (200, self.state) if self.state is not None else (404, "")
            if (method, parts.path) == ("POST", own):
                return self._post(body.decode(), parse_qs(parts.query).get("ID", [""])[0])
            serial = parts.path.rpartition("/")[2]
            if self.gitlab and method == "GET" and parts.path == f"{own}/versions/{serial}":
                found = self.serials.get(int(serial))
                return (200, found) if found else (404, "")
            return (405, "") if parts.path.startswith(own) else (404, "<html>no such page</html>")

    def _lock(self, info: dict[str, Any]) -> tuple[int, str]:
        if set(info) != REQUIRED or not all(isinstance(text, str) for text in info.values()):
            return (400, '{"error":"a lock needs all that Terraform says"}')
        if self.lock and not self.is_lying:
            holder = {key: self.lock[key] for key in ("ID", "Who", "Created")}
            return (
                (409, json.dumps({**info, **holder}))
                if self.gitlab
                else (423, json.dumps(self.lock))
            )
        self.lock = info
        return (200, json.dumps(info))

    def _unlock(self, info: dict[str, Any]) -> tuple[int, str]:
        if not self.is_lying and (self.lock or {}).get("ID") != info["ID"]:
            return (409, "")
        self.lock = None
        return (200, "")

    def _post(self, text: str, lock: str) -> tuple[int, str]:
        if not self.is_lying and (self.lock or {}).get("ID", "") != lock:
            return (409 if self.gitlab else 423, json.dumps(self.lock))
        try:
            content = json.loads(text)
            serial, _ = content["serial"], content["lineage"]
        except (ValueError, KeyError):
            return (422, '{"message":"No serial in payload"}')
        if content.get("version") != 4 or type(serial) is not int:
            return (422, '{"message":"No state of Terraform"}')
        if self.gitlab and serial in self.serials:
            return (422, '{"message":"duplicate key value violates unique constraint"}')
        self.state = self.serials[serial] = json.dumps(content) if self.is_tidy else text
        return (200, "")


def basic(user: str, password: str) -> str:
    """The header of a user."""
    return f"Basic {base64.b64encode(f'{user}:{password}'.encode()).decode()}"


@contextmanager
def served(**switches: Any) -> Iterator[Terraform]:
    """A server on this machine; ``url`` is the address of its state."""
    terraform = Terraform(**switches)

    class Asked(Handler):
        protocol_version = "HTTP/1.1"

        def handle_one(self) -> None:
            body = self.rfile.read(int(self.headers.get("content-length") or 0))
            login = self.headers.get("authorization", "")
            terraform.asked.append((self.command, self.path, login))
            fault = terraform.fault(self.command, self.path)
            if fault == AWAY:
                self.close_connection = True
                return
            if isinstance(fault, int):
                status, text = fault, ""
            else:
                status, text = terraform.answer(self.command, self.path, login, body)
            if fault == DEAF:
                self.close_connection = True
                return
            self.send_response(status)
            self.send_header("Content-Length", str(len(text.encode())))
            self.end_headers()
            self.wfile.write(text.encode())

        do_GET = do_POST = do_LOCK = do_UNLOCK = do_DELETE = handle_one  # noqa: N815 - http.server's

    with listening(ThreadingHTTPServer(("127.0.0.1", 0), Asked)) as server:
        terraform.url = address(server) + (GITLAB_PATH if terraform.gitlab else PATH)
        yield terraform
