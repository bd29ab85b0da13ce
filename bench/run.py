"""What the tool costs, as ratios to yardsticks that run in turn with it: ``python bench/run.py``.

Whole processes; CPU time (user and system) is what is compared, for it moves least on a machine
that does other things too. Absolute times say more about the machine than about the code, and
nothing here is asserted. ``--only plan`` runs the figures whose names begin so.
"""

import argparse
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import fleet
import flows

from reconciler.sandbox.server import RunningServer
from reconciler.sandbox.settings import Settings

TOOL = [sys.executable, "-m", "reconciler"]
LATENCY = 20
LIVE = """\
environments:
  live: { url: "URL", api_key: { $secret: HAMSA_API_KEY } }
"""
SANDBOX = "environments:\n  sandbox: { url: sandbox }\n"


@dataclass(frozen=True)
class Cost:
    """The cost of one process: seconds of CPU and of wall time, peak MiB."""

    cpu: float
    wall: float
    memory: float


@dataclass
class Figure:
    """A ratio in several rounds, or a value of its own."""

    name: str
    aim: str
    ratios: list[float]
    costs: list[Cost] = field(default_factory=list)
    unit: str = "x"

    def row(self) -> str:
        """A row of the table."""
        low, mid, high = min(self.ratios), statistics.median(self.ratios), max(self.ratios)
        cpu = statistics.median(one.cpu for one in self.costs) if self.costs else 0
        wall = statistics.median(one.wall for one in self.costs) if self.costs else 0
        spread = f"{low:.2f} to {high:.2f}"
        cells = (self.name, self.aim, f"{mid:.2f}{self.unit}", spread)
        return f"| {' | '.join(cells)} | {cpu:.2f} s | {wall:.2f} s |"


@dataclass
class Bench:
    """A folder with a project, a sandbox with its agents, and the number of rounds."""

    folder: Path
    agents: int
    rounds: int
    server: RunningServer
    api: str = "v1"

    @property
    def env(self) -> dict[str, str]:
        """The variables of every process."""
        own = {"HAMSA_BASE_URL": self.server.url, "HAMSA_API_KEY": "sandbox"}
        kept = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}
        return {**kept, **own, "AGENTS": str(self.agents), "NO_COLOR": "1"}

    def run(self, command: list[str], *, codes: tuple[int, ...] = (0,)) -> Cost:
        """One whole process."""
        begin = time.perf_counter()
        with tempfile.TemporaryFile() as said:
            process = subprocess.Popen(
                command, cwd=self.folder, env=self.env, stdout=subprocess.DEVNULL, stderr=said
            )
            _, status, used = os.wait4(process.pid, 0)
            process.returncode = os.waitstatus_to_exitcode(status)
            if process.returncode not in codes:
                said.seek(0)
                sys.exit(f"{command} ended with {process.returncode}: {said.read().decode()}")
        wall = time.perf_counter() - begin
        return Cost(used.ru_utime + used.ru_stime, wall, used.ru_maxrss / 1024)

    def tool(self, *words: str, codes: tuple[int, ...] = (0,)) -> Cost:
        """One run of the tool."""
        return self.run([*TOOL, *words], codes=codes)

    def against(self, name: str) -> Cost:
        """One run of a yardstick."""
        return self.run([sys.executable, str(Path(__file__).with_name("yardsticks.py")), name])

    def pairs(
        self, name: str, aim: str, ours: Callable[[], Cost], other: Callable[[], Cost]
    ) -> Figure:
        """Paired runs, the first of which warms up and does not count."""
        pairs = [(ours(), other()) for _ in range(self.rounds + 1)][1:]
        ratios = [mine.cpu / its.cpu for mine, its in pairs]
        return Figure(name, aim, ratios, [mine for mine, _ in pairs])

    def write(self, project: str, **changed: object) -> None:
        """The project without a state, a history or a cache."""
        shutil.rmtree(self.folder / ".reconciler", ignore_errors=True)
        shutil.rmtree(self.folder / "agents", ignore_errors=True)
        (self.folder / "reconciler.state.json").unlink(missing_ok=True)
        fleet.write(self.folder, self.agents, self.api, **changed)
        text = f"api: {self.api}\n{project}".replace("URL", self.server.url)
        (self.folder / "reconciler.yaml").write_text(text, encoding="utf-8")


def starts(bench: Bench) -> Iterator[Figure]:
    """The cost of a command that does nothing."""
    for option in ("--help", "--version"):
        yield bench.pairs(
            f"`{option}` / an argparse program",
            "1.2",
            lambda option=option: bench.tool(option),
            lambda: bench.against("argparse_help"),
        )


def empty_plans(bench: Bench) -> Iterator[Figure]:
    """Nothing has changed: with and without the cache."""
    bench.write(LIVE)
    bench.tool("apply", "--yes", "-q")
    warm = bench.pairs(
        "empty plan, warm / bare fetch",
        "2.0",
        lambda: bench.tool("plan"),
        lambda: bench.against("fetch"),
    )
    yield warm
    yield bench.pairs(
        "empty plan, cold / bare fetch",
        "4.5",
        lambda: bench.tool("plan", "--no-cache"),
        lambda: bench.against("fetch"),
    )
    allowed = 50 + 0.04 * bench.agents
    memory = [one.memory / allowed for one in warm.costs]
    yield Figure(f"memory of the plan / {allowed:.0f} MiB", "1.0", memory, warm.costs)


def by_id(bench: Bench) -> Iterator[Figure]:
    """v2, whose list may be short: pages to find the agents, then each of them by its id."""
    bench.write(LIVE)
    bench.tool("apply", "--yes", "-q")
    ids = [record.id for record in bench.server.app.state.store.records()]
    (bench.folder / "ids.json").write_text(json.dumps(ids))
    turns = [(bench.tool("plan"), bench.against("fetch_by_id")) for _ in range(bench.rounds + 1)]
    ours = [mine for mine, _ in turns[1:]]
    for name, what in (("cpu", "CPU"), ("wall", "wall time")):
        ratios = [getattr(mine, name) / getattr(its, name) for mine, its in turns[1:]]
        aim = {"cpu": "", "wall": "2.0"}[name]
        yield Figure(f"v2: empty plan, warm / bare fetch by id ({what})", aim, ratios, ours)


def flow_agents(bench: Bench) -> Iterator[Figure]:
    """Flows of 80 nodes: import, an empty plan, and one changed node in each flow as HTML."""
    bench.write(LIVE)
    for path in (bench.folder / "agents").iterdir():
        path.unlink()
    ids = [record.id for record in bench.server.app.state.store.records()]
    (bench.folder / "ids.json").write_text(json.dumps(ids))
    fetched = [bench.against("fetch_by_id") for _ in range(bench.rounds + 1)][1:]
    imported = bench.tool("import", "--all", "-q")
    bench.tool("plan")

    def figure(name: str, found: list[Cost]) -> Figure:
        ratios = [mine.cpu / its.cpu for mine, its in zip(found, fetched, strict=False)]
        return Figure(f"{name} / reading their JSON", "", ratios, found)

    flow = f"{bench.agents} flows of 80 nodes"

    def memory(name: str, found: list[Cost]) -> Figure:
        return Figure(f"{name}, memory", "", [one.memory for one in found], found, " MiB")

    empty = [bench.tool("plan") for _ in fetched]
    yield figure(f"{flow}: import", [imported])
    yield memory(f"{flow}: import", [imported])
    yield figure(f"{flow}: empty plan, warm", empty)
    yield memory(f"{flow}: empty plan", empty)
    yield figure(f"{flow}: empty plan, cold", [bench.tool("plan", "--no-cache")])
    yield figure(f"{flow}: validate, cold", [bench.tool("validate", "--no-cache")])
    for path in (bench.folder / "agents").glob("prompts/*/hours.md"):
        path.write_text(path.read_text(encoding="utf-8") + "\nOne line more.\n", encoding="utf-8")
    bench.tool("plan")
    for form in ("json", "html"):
        changed = [bench.tool("plan", "--format", form) for _ in fetched]
        yield figure(f"{flow}: one text changed in each, as {form}", changed)
        yield memory(f"{flow}: one text changed in each, as {form}", changed)


def validates(bench: Bench) -> Iterator[Figure]:
    """Files alone, with and without mistakes."""
    bench.write(LIVE)
    yield bench.pairs(
        "validate, warm / ruamel's load",
        "0.5",
        lambda: bench.tool("validate"),
        lambda: bench.against("load"),
    )

    def cold() -> Cost:
        return bench.tool("validate", "--no-cache")

    yield bench.pairs("validate, cold / ruamel's load", "1.6", cold, lambda: bench.against("load"))
    good = [cold() for _ in range(bench.rounds)]
    for number, path in enumerate(sorted((bench.folder / "agents").iterdir())):
        if number % 2:
            wrong = "  silenceThresold: 5\n  interrupts: yes\n"
            path.write_text(path.read_text(encoding="utf-8") + wrong, encoding="utf-8")
    bad = [bench.tool("validate", "--no-cache", codes=(1,)) for _ in range(bench.rounds)]
    ratios = [one.cpu / other.cpu for one, other in zip(bad, good, strict=True)]
    yield Figure("two mistakes in every other file / none", "1.5", ratios, bad)


def applies(bench: Bench) -> Iterator[Figure]:
    """Agents that are only recorded, and agents that are all updated."""
    recorded, before = [], []
    for _ in range(bench.rounds):
        bench.write(LIVE)
        before.append(bench.tool("plan"))
        recorded.append(bench.tool("apply", "--yes", "-q"))
    ratios = [one.cpu / other.cpu for one, other in zip(recorded, before, strict=True)]
    yield Figure("apply that only remembers / the plan before it", "1.5", ratios, recorded)
    ids = [record.id for record in bench.server.app.state.store.records()]
    (bench.folder / "ids.json").write_text(json.dumps(ids))
    updates, raw = [], []
    for turn in range(bench.rounds):
        fleet.write(bench.folder, bench.agents, silenceThreshold=1200 + turn)
        bench.tool("plan", "--out", "p.plan.json", "--format", "json")
        updates.append(bench.tool("apply", "p.plan.json", "-q", "--parallelism", "32"))
        raw.append(bench.against("requests"))
    wall = [one.wall / other.wall for one, other in zip(updates, raw, strict=True)]
    yield Figure("updates, 32 in flight / raw asyncio (wall time)", "3", wall, updates)
    cpu = [one.cpu / other.cpu for one, other in zip(updates, raw, strict=True)]
    yield Figure("updates, 32 in flight / raw asyncio (CPU)", "", cpu, updates)


def creates(bench: Bench) -> Iterator[Figure]:
    """A first apply of everything in the embedded sandbox."""
    found = []
    for _ in range(bench.rounds):
        bench.write(SANDBOX)
        found.append(bench.tool("apply", "--yes", "-q", "--format", "json"))
    yield Figure("creates in the embedded sandbox", "5 s", [one.cpu for one in found], found, " s")


def outputs(bench: Bench) -> Iterator[Figure]:
    """Every agent changed: the cost of showing the plan, compared with that of the plan itself."""
    bench.write(LIVE)
    bench.tool("apply", "--yes", "-q")
    fleet.write(bench.folder, bench.agents, greetingMessage="Hello from somewhere else")
    for path in (bench.folder / "agents").iterdir():
        text = path.read_text(encoding="utf-8").replace("؟", "!").replace("Say times", "Tell times")
        path.write_text(text, encoding="utf-8")
    bench.tool("plan")
    forms = ("text", "markdown", "html", "json")
    found: dict[str, list[tuple[Cost, Cost]]] = {form: [] for form in forms}
    for _ in range(bench.rounds):
        silent = bench.against("silent_plan")
        for form in forms:
            found[form].append((bench.tool("plan", "--format", form), silent))
    for form, turns in found.items():
        ratios = [shown.cpu / silent.cpu - 1 for shown, silent in turns]
        aim = "" if form == "json" else "1"
        yield Figure(
            f"showing a changed plan as {form} / the plan", aim, ratios, [o for o, _ in turns]
        )
    yield Figure(
        "the changed plan, not shown",
        "",
        [one.cpu for _, one in found["json"]],
        [one for _, one in found["json"]],
        " s",
    )


def peers(bench: Bench) -> Iterator[Figure]:
    """octoDNS compares as many records of 2 KB, from files to files, without a network."""
    program = shutil.which("octodns-sync", path=os.environ.get("OCTODNS", os.defpath))
    if program is None:
        print("octoDNS is not installed: `make bench` installs it", file=sys.stderr)
        return
    zone = bench.folder / "zones"
    zone.mkdir(exist_ok=True)
    records = {
        f"r{number}": {"type": "TXT", "value": str(fleet.spec(number)["outcome"]).encode().hex()}
        for number in range(bench.agents)
    }
    (zone / "example.com.yaml").write_text(json.dumps(records), encoding="utf-8")
    shutil.copytree(zone, bench.folder / "there", dirs_exist_ok=True)
    provider = (
        "{ class: octodns.provider.yaml.YamlProvider, directory: ./%s, enforce_order: false }"
    )
    (bench.folder / "octo.yaml").write_text(
        f"providers:\n  a: {provider % 'zones'}\n  b: {provider % 'there'}\n"
        "zones:\n  example.com.: { sources: [a], targets: [b] }\n"
    )
    bench.write(LIVE)
    bench.tool("apply", "--yes", "-q")
    command = [program, "--config-file", "octo.yaml"]
    yield bench.pairs(
        "empty plan, warm / octoDNS",
        "",
        lambda: bench.tool("plan"),
        lambda: bench.run(command),
    )


FIGURES = {
    "start": starts,
    "plan": empty_plans,
    "v2": by_id,
    "flow": flow_agents,
    "validate": validates,
    "apply": applies,
    "create": creates,
    "output": outputs,
    "peer": peers,
}


@contextmanager
def prepared(agents: int, rounds: int, api: str = "v1", *, flow: bool = False) -> Iterator[Bench]:
    """A folder and a sandbox for a fleet; that of v2 has a short list."""
    with tempfile.TemporaryDirectory() as name:
        settings = Settings.parse(f"latency={LATENCY}&items=short")
        made = flows.store(agents) if flow else fleet.store(agents, api)
        with RunningServer(made, settings) as server:
            yield Bench(Path(name), agents, rounds, server, api)


def growth(agents: int, rounds: int) -> Iterator[str]:
    """Ten times the agents: how many times the CPU."""
    found: dict[int, list[float]] = {}
    for count in (agents, 10 * agents):
        with prepared(count, rounds) as bench:
            bench.write(LIVE)
            cold = bench.tool("plan", "--no-cache").cpu
            apply = bench.tool("apply", "--yes", "-q").cpu
            warm = bench.tool("plan")
            shutil.rmtree(bench.folder / "agents")
            (bench.folder / "agents").mkdir()
            (bench.folder / "reconciler.state.json").unlink()
            imported = bench.tool("import", "--all").cpu
            found[count] = [cold, warm.cpu, apply, imported, warm.memory]
    yield f"| From {agents:,} to {10 * agents:,} agents | Aim | Growth | CPU |\n|---|---|---|---|"
    names = ("plan, cold", "plan, warm", "apply that only remembers", "import")
    for place, name in enumerate(names):
        few, many = (found[count][place] for count in found)
        yield f"| {name} | 11 | {many / few:.1f}x | {few:.1f} s, {many:.1f} s |"
    allowed = 50 + 0.04 * 10 * agents
    memory = found[10 * agents][-1]
    yield f"| memory of the larger plan | {allowed:.0f} MiB | {memory:.0f} MiB | |"


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--agents", type=int, default=1000, help="100 to 10,000 (1,000)")
    parser.add_argument("--rounds", type=int, default=5, help="runs of each (5)")
    parser.add_argument("--only", default="", help="the figures whose names begin so")
    parser.add_argument("--growth", action="store_true", help="also ten times as many agents")
    options = parser.parse_args()
    print(f"{options.agents:,} agents, {options.rounds} rounds, {os.cpu_count()} cores\n")
    print("| Figure | Aim | Median | Spread | CPU | Wall |\n|---|---|---|---|---|---|", flush=True)
    for name, figures in FIGURES.items():
        if name.startswith(options.only):
            flow = name == "flow"
            api = "v2" if flow or name == "v2" else "v1"
            agents = options.agents // 5 if flow else options.agents
            with prepared(agents, options.rounds, api, flow=flow) as bench:
                for figure in figures(bench):
                    print(figure.row(), flush=True)
    if options.growth:
        print()
        for row in growth(options.agents, 1):
            print(row, flush=True)


if __name__ == "__main__":
    main()
