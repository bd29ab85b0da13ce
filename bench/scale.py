"""A fleet of up to 100,000 agents, simulated: requests, memory, state and time of each shard.

    python bench/scale.py --projects 500 --agents 200 --shards 40

Every project has an API key, a state and agents of its own, which differ in every text. Shards run
one after the other, each a process as in CI, against a sandbox in a process of its own. First they
plan without a cache, and the plans are merged; the reviewed plan is applied, so that the state
learns what is live; then they plan again. Nothing is asserted.
"""

import argparse
import asyncio
import os
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from collections import OrderedDict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import fleet

from reconciler.sandbox.app import create_app
from reconciler.sandbox.server import RunningServer
from reconciler.sandbox.settings import Settings
from reconciler.sandbox.store import Store
from reconciler.sandbox.v2 import api as v2

TOOL = [sys.executable, "-m", "reconciler"]
MOST = 30
"""Projects whose agents the server keeps at once; those of others are made again."""


class Tenants:
    """One server, behind which each API key has agents of its own; counts their requests."""

    def __init__(self, agents: int, api: str, latency: int) -> None:
        self.agents, self.api, self.latency = agents, api, latency
        self.requests = 0
        self._apps: OrderedDict[str, Any] = OrderedDict()

    def _made(self, key: str) -> Any:
        first = int(key.removeprefix("key-")) * self.agents
        store = Store(None, new_id=iter(fleet.ids(first, self.agents)).__next__)
        for number in range(first, first + self.agents):
            flat = self.api == "v1"
            store.add(fleet.spec(number) if flat else v2.stored(fleet.nested(number)))
        return create_app(store, Settings.parse(f"api_key={key}&latency={self.latency}"))

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        key = dict(scope.get("headers", ())).get(b"authorization", b"").decode()[6:]
        if not key.startswith("key-"):
            return
        self.requests += 1
        if key not in self._apps:
            self._apps[key] = self._made(key)
            while len(self._apps) > MOST:
                self._apps.popitem(last=False)
        self._apps.move_to_end(key)
        app = self._apps[key]
        app.state.requests.clear()
        await app(scope, receive, send)


def serve(agents: int, api: str, latency: int) -> None:
    """Serve until SIGTERM; each SIGUSR1 prints the number of requests so far."""
    server, tenants = RunningServer(Store(None), Settings()), Tenants(agents, api, latency)
    server.app = tenants  # type: ignore[assignment]
    signal.signal(signal.SIGUSR1, lambda *_: print(tenants.requests, flush=True))
    with server:
        print(server.url, flush=True)
        asyncio.run(asyncio.Event().wait())


@dataclass(frozen=True)
class Cost:
    """What one process took: seconds of CPU and of wall time, peak MiB, requests."""

    cpu: float
    wall: float
    memory: float
    requests: int


@dataclass
class Scale:
    """A folder with a fleet, and the server of its API."""

    folder: Path
    projects: int
    agents: int
    shards: int
    server: "subprocess.Popen[str]"
    url: str
    asked: int = 0

    @property
    def env(self) -> dict[str, str]:
        kept = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}
        keys = {f"KEY_{number}": f"key-{number}" for number in range(self.projects)}
        return {**kept, **keys, "NO_COLOR": "1"}

    def write(self, api: str) -> None:
        """The files of the fleet."""
        (self.folder / "fleet.yaml").write_text("projects: [clients/*]\n")
        for number in range(self.projects):
            root = self.folder / f"clients/client-{number:04}"
            fleet.write(root, self.agents, api, first=number * self.agents)
            (root / "reconciler.yaml").write_text(
                f"api: {api}\nenvironments:\n  live: {{ url: '{self.url}', "
                f"api_key: {{ $secret: KEY_{number} }} }}\n"
            )

    def run(self, *words: str) -> Cost:
        """One whole process of the tool."""
        begin = time.perf_counter()
        with tempfile.TemporaryFile() as said:
            process = subprocess.Popen(
                [*TOOL, *words], cwd=self.folder, env=self.env, stdout=said, stderr=said
            )
            _, status, used = os.wait4(process.pid, 0)
            process.returncode = os.waitstatus_to_exitcode(status)
            if process.returncode != 0:
                said.seek(0)
                sys.exit(f"{words} ended with {process.returncode}: {said.read().decode()[-2000:]}")
        wall, asked = time.perf_counter() - begin, self._requests()
        cost = Cost(used.ru_utime + used.ru_stime, wall, used.ru_maxrss / 1024, asked - self.asked)
        self.asked = asked
        return cost

    def merged(self, report: str) -> Cost:
        """The reports of all shards as one."""
        names = [f"{report}-{number}.json" for number in range(1, self.shards + 1)]
        expected = ("--expect", str(self.shards), "--report", f"json={report}.json")
        return self.run("report", "merge", *names, *expected)

    def _requests(self) -> int:
        self.server.send_signal(signal.SIGUSR1)
        return int(self.server.stdout.readline())

    def each(self, *words: str, report: str = "") -> Iterator[Cost]:
        """The same command for every shard, one after the other."""
        for number in range(1, self.shards + 1):
            more = ("--report", f"json={report}-{number}.json") if report else ()
            yield self.run(*words, "--fleet", "--shard", f"{number}/{self.shards}", *more)

    def size(self, *patterns: str) -> float:
        """MiB of all files of these patterns."""
        found = (path for one in patterns for path in self.folder.glob(one) if path.is_file())
        return sum(path.stat().st_size for path in found) / 2**20


def row(name: str, costs: list[Cost]) -> str:
    """A row of the table: totals, and the spread over shards."""
    walls, peak = [one.wall for one in costs], max(one.memory for one in costs)
    cells = (
        name,
        f"{sum(one.requests for one in costs):,}",
        f"{sum(one.cpu for one in costs):,.0f} s",
        f"{sum(walls):,.0f} s",
        f"{statistics.median(walls):.1f} s ({min(walls):.1f} to {max(walls):.1f})",
        f"{peak:,.0f} MiB",
    )
    return f"| {' | '.join(cells)} |"


def measure(scale: Scale, api: str) -> None:
    """All figures, as Markdown."""
    scale.write(api)
    files = scale.size("clients/*/agents/*.yaml")
    total = scale.projects * scale.agents
    print(f"{scale.projects} projects, {total:,} agents ({api}), {scale.shards} shards\n")
    print("| | requests | CPU | wall, one after the other | wall of a shard | peak memory |")
    print("|---|---|---|---|---|---|", flush=True)
    cold = list(scale.each("plan", "--quiet", "--no-cache", report="first"))
    print(row("first plan, without a cache", cold), flush=True)
    print(row("`report merge` of its shards", [scale.merged("first")]), flush=True)
    reviewed = ("--plan-digest-file", "first.json")
    applied = list(scale.each("apply", "--quiet", *reviewed))
    print(row("apply: the state learns all that is live", applied), flush=True)
    again = list(scale.each("plan", "--quiet", report="plan"))
    print(row("empty plan, with the cache", again), flush=True)
    print(row("`report merge` of its shards", [scale.merged("plan")]), flush=True)
    print(row("`fleet shards`", [scale.run("fleet", "shards", "--count", str(scale.shards))]))
    state = scale.size("clients/*/reconciler.state.json")
    cache = scale.size("clients/*/.reconciler/cache/**/*")
    each = state / total * 2**20
    print(f"\nfiles {files:,.0f} MiB; state {state:,.0f} MiB, {each:,.0f} bytes an agent; ", end="")
    print(
        f"cache {cache:,.0f} MiB; report of a shard {scale.size('plan-1.json'):.2f} MiB, ", end=""
    )
    print(f"of the fleet {scale.size('plan.json'):.2f} MiB")


def main() -> None:
    """Measure, or serve for a measurement."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--projects", type=int, default=500)
    parser.add_argument("--agents", type=int, default=200, help="of each project")
    parser.add_argument("--shards", type=int, default=40)
    parser.add_argument("--api", choices=("v1", "v2"), default="v1")
    parser.add_argument("--latency", type=int, default=20, help="milliseconds of each answer")
    parser.add_argument("--serve", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.serve:
        serve(options.agents, options.api, options.latency)
        return
    words = [f"--{name}={getattr(options, name)}" for name in ("agents", "api", "latency")]
    command = [sys.executable, __file__, "--serve", *words]
    with (
        tempfile.TemporaryDirectory(prefix="scale-") as folder,
        subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server,
    ):
        try:
            url = server.stdout.readline().strip()
            counts = (options.projects, options.agents, options.shards)
            measure(Scale(Path(folder), *counts, server, url), options.api)
        finally:
            server.kill()


if __name__ == "__main__":
    main()
