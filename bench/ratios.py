"""How long things take, as ratios to a yardstick run in turn with them: ``python bench/ratios.py``.

Absolute times say more about the machine than about the code; nothing here is asserted.
"""

import os
import re
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from reconciler.sandbox.server import RunningServer
from reconciler.sandbox.settings import Settings
from reconciler.sandbox.store import Store

ROUNDS = 7
AGENTS = 1000
EXAMPLE = Path(__file__).parent.parent / "agents"

BARE = "pass"
ARGPARSE = """
import argparse
parser = argparse.ArgumentParser()
commands = parser.add_subparsers()
for name in "abc":
    commands.add_parser(name).add_argument("--option")
parser.parse_args(["--help"])
"""
FETCH = """
import asyncio, json, os, httpx
async def main():
    headers = {"Authorization": "Token " + os.environ["HAMSA_API_KEY"]}
    async with httpx.AsyncClient(base_url=os.environ["HAMSA_BASE_URL"], headers=headers) as http:
        async def page(number):
            answer = await http.get("/v1/voice-agents", params={"skip": number, "take": 100})
            return json.loads(answer.content)["data"]["voiceAgents"]
        pages = await asyncio.gather(*map(page, range(1, 11)))
        assert sum(map(len, pages)) == 1000
asyncio.run(main())
"""


def seconds(command: list[str], folder: Path, env: dict[str, str]) -> float:
    """Wall time of one whole process that must succeed."""
    begin = time.perf_counter()
    subprocess.run(command, cwd=folder, env={**os.environ, **env}, check=True, capture_output=True)
    return time.perf_counter() - begin


def compare(name: str, ours: list[str], yardstick: list[str], folder: Path, **env: str) -> None:
    """Print the median, least and largest ratio of paired runs."""
    pairs = [(seconds(ours, folder, env), seconds(yardstick, folder, env)) for _ in range(ROUNDS)]
    ratios = [mine / other for mine, other in pairs[1:]]
    median = statistics.median(ratios)
    print(f"{name:52} {median:5.2f}x  ({min(ratios):.2f} to {max(ratios):.2f})")


def main() -> None:
    """Print every ratio."""
    python = [sys.executable, "-c"]
    tool = [sys.executable, "-m", "reconciler"]
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        compare("--help / bare Python", [*tool, "--help"], [*python, BARE], folder)
        compare("--help / an argparse program's", [*tool, "--help"], [*python, ARGPARSE], folder)
        prompt = (EXAMPLE / "prompts" / "delivery-tracking.md").read_text(encoding="utf-8")
        prompt = re.sub(r"\$\{var\.\w+\}", "Rimal", prompt).strip()
        store = Store(None)
        (folder / "agents").mkdir()
        (folder / "agents" / "prompt.md").write_text(prompt + "\n", encoding="utf-8")
        for number in range(AGENTS):
            store.add({"agentName": f"Agent {number}", "preamble": prompt})
            text = f"spec:\n  agentName: Agent {number}\n  preamble: {{ $file: prompt.md }}\n"
            (folder / "agents" / f"agent-{number}.yaml").write_text(text, encoding="utf-8")
        with RunningServer(store, Settings.parse("latency=20")) as server:
            here = {"HAMSA_BASE_URL": server.url, "HAMSA_API_KEY": "sandbox"}
            plan = [*tool, "plan", "--detailed-exitcode"]
            compare("empty plan of 1,000 / bare fetch", plan, [*python, FETCH], folder, **here)


if __name__ == "__main__":
    main()
