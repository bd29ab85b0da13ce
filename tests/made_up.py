"""The command line with the made-up kind of :mod:`tests.kinds`, in a process of its own.

``python -m tests.made_up FOLDER`` reads commands as JSON lists, a line each, and answers each with
a line ``[exit code, stdout, stderr]``. :class:`Flows` is a small server of the kind's routes.
"""

import json
import subprocess
import sys
from http.server import ThreadingHTTPServer
from pathlib import Path
from typing import Any, Literal

from tests.listening import Handler, address

TOKEN = "tok-0123456789abcdef"


class Flows(ThreadingHTTPServer):
    """The routes of the made-up kinds over HTTP; a PATCH replaces the keys that it has.

    ``requests`` are the bodies that were written, in order; what has one of the ``refused`` names
    is not.
    """

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.flows: dict[str, dict[str, Any]] = {}
        self.tools: dict[str, dict[str, Any]] = {}
        self.refused: set[str] = set()
        self.requests: list[dict[str, Any]] = []
        self.url = address(self)

    def write(self, items: str, one: str, body: dict[str, Any]) -> dict[str, Any]:
        self.requests.append(body)
        held = getattr(self, items)
        held[one] = {**held.get(one, {"id": one}), **body}
        found: dict[str, Any] = held[one]
        return found


class _Handler(Handler):
    server: Flows

    def do_GET(self) -> None:
        items, one = self._place()
        held = getattr(self.server, items)
        if one:
            self._answer(200 if one in held else 404, {"data": held.get(one)})
            return
        self._answer(200, {"data": {items: [*held.values()], "total": len(held)}})

    def do_POST(self) -> None:
        items, _ = self._place()
        self._write(items, f"{items[0]}{len(getattr(self.server, items))}")

    def do_PATCH(self) -> None:
        self._write(*self._place())

    def _place(self) -> tuple[str, str]:
        """The collection of a route, and the id in it: `flows` and `f0`."""
        _, _, items, *one = self.path.partition("?")[0].split("/")
        return items, one[0] if one else ""

    def _write(self, items: str, one: str) -> None:
        body = self._body()
        if body.get("name") in self.server.refused:
            self._answer(400, {"message": "no"})
            return
        self._answer(200, {"data": self.server.write(items, one, body)})

    def _body(self) -> Any:
        return json.loads(self.rfile.read(int(self.headers["Content-Length"])))

    def _answer(self, status: int, content: Any) -> None:
        text = json.dumps(content).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)


class Session:
    """Commands in one process in which the made-up kind is registered."""

    def __init__(self, folder: Path) -> None:
        command = [sys.executable, "-m", "tests.made_up", str(folder)]
        pipe = subprocess.PIPE
        self.process = subprocess.Popen(command, stdin=pipe, stdout=pipe, text=True)

    def run(self, *argv: str) -> tuple[int, str, str]:
        assert self.process.stdin
        assert self.process.stdout
        self.process.stdin.write(json.dumps(argv) + "\n")
        self.process.stdin.flush()
        code, out, err = json.loads(self.process.stdout.readline())
        return code, out, err

    def close(self) -> None:
        self.process.communicate("")


def main(folder: str) -> None:
    """Serve the commands of stdin."""
    from reconciler.config import generations  # noqa: PLC0415 - changed before others read them
    from reconciler.kinds import registry  # noqa: PLC0415
    from tests.kinds import FLOW  # noqa: PLC0415

    registry.KINDS[FLOW.name, FLOW.api] = lambda: FLOW
    generations.Api = Literal["v1", "t1"]
    from tests.projects import Project  # noqa: PLC0415

    project = Project(Path(folder), {"HAMSA_API_KEY": "key-1234567890", "TOKEN": TOKEN})
    for line in sys.stdin:
        done = project.run(*json.loads(line))
        sys.stdout.write(json.dumps([done.code, done.out, done.err]) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main(sys.argv[1])
