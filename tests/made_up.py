"""The command line with the made-up kind of :mod:`tests.kinds`, in a process of its own.

``python -m tests.made_up FOLDER`` reads commands as JSON lists, a line each, and answers each with
a line ``[exit code, stdout, stderr]``. :class:`Flows` is a small server of the kind's routes.
"""

import json
import subprocess
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, Literal

TOKEN = "tok-0123456789abcdef"


class Flows(ThreadingHTTPServer):
    """The routes of the made-up kind over HTTP; a PATCH replaces the keys that it has.

    ``requests`` are the bodies that were written, in order.
    """

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.flows: dict[str, dict[str, Any]] = {}
        self.requests: list[dict[str, Any]] = []
        threading.Thread(target=self.serve_forever, daemon=True).start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"

    def write(self, flow_id: str, body: dict[str, Any]) -> dict[str, Any]:
        self.requests.append(body)
        self.flows[flow_id] = {**self.flows.get(flow_id, {"id": flow_id}), **body}
        return self.flows[flow_id]


class _Handler(BaseHTTPRequestHandler):
    server: Flows

    def do_GET(self) -> None:
        flow_id = self.path.partition("?")[0].removeprefix("/t1/flows").strip("/")
        if flow_id:
            found = self.server.flows.get(flow_id)
            self._answer(200 if found else 404, {"success": bool(found), "data": found})
            return
        items = [*self.server.flows.values()]
        self._answer(200, {"success": True, "data": {"flows": items, "total": len(items)}})

    def do_POST(self) -> None:
        self._answer(200, {"data": self.server.write(f"f{len(self.server.flows)}", self._body())})

    def do_PATCH(self) -> None:
        self._answer(200, {"data": self.server.write(self.path.rpartition("/")[2], self._body())})

    def _body(self) -> Any:
        return json.loads(self.rfile.read(int(self.headers["Content-Length"])))

    def _answer(self, status: int, content: Any) -> None:
        text = json.dumps(content).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    def log_message(self, *_: Any) -> None:
        """Say nothing."""


class Session:
    """Commands in one process that knows the made-up kind."""

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

    registry.KINDS[FLOW.name, FLOW.api] = FLOW
    generations.Api = Literal["v1", "t1"]
    from tests.projects import Project  # noqa: PLC0415

    project = Project(Path(folder), {"HAMSA_API_KEY": "key-1234567890", "TOKEN": TOKEN})
    for line in sys.stdin:
        done = project.run(*json.loads(line))
        sys.stdout.write(json.dumps([done.code, done.out, done.err]) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main(sys.argv[1])
