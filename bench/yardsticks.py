"""Programs to measure against: each does the minimum of a job. ``yardsticks.py NAME``."""

import sys


def argparse_help() -> None:
    """An argparse program of three commands prints its help."""
    import argparse

    parser = argparse.ArgumentParser()
    commands = parser.add_subparsers()
    for name in "abc":
        commands.add_parser(name).add_argument("--option")
    parser.parse_args(["--help"])


def load() -> None:
    """ruamel's C parser reads every file."""
    from pathlib import Path

    from ruamel.yaml import YAML

    yaml = YAML(typ="safe", pure=False)
    for path in sorted(Path("agents").glob("*.yaml")):
        yaml.load(path.read_text("utf-8"))


def fetch() -> None:
    """Bare httpx reads the pages of the list."""
    import asyncio
    import json
    import os

    import httpx

    async def main() -> None:
        headers = {"Authorization": "Token " + os.environ["HAMSA_API_KEY"]}
        url, count = os.environ["HAMSA_BASE_URL"], int(os.environ["AGENTS"])
        async with httpx.AsyncClient(base_url=url, headers=headers) as http:

            async def page(number: int) -> list[object]:
                query = {"skip": number, "take": 100}
                answer = await http.get("/v1/voice-agents", params=query)
                return list(json.loads(answer.content)["data"]["voiceAgents"])

            pages = await asyncio.gather(*map(page, range(1, -(-count // 100) + 1)))
            assert sum(map(len, pages)) == count

    asyncio.run(main())


def fetch_by_id() -> None:
    """Bare httpx reads the pages of v2's list, then each agent of ``ids.json``, 10 at once."""
    import asyncio
    import json
    import os
    from pathlib import Path

    import httpx

    ids = json.loads(Path("ids.json").read_text())

    async def main() -> None:
        headers = {"Authorization": "Token " + os.environ["HAMSA_API_KEY"]}
        url, count = os.environ["HAMSA_BASE_URL"], int(os.environ["AGENTS"])
        limits = httpx.Limits(max_connections=10, max_keepalive_connections=10)
        async with httpx.AsyncClient(base_url=url, headers=headers, limits=limits) as http:
            waiting = [
                *(f"/v2/voice-agents?skip={n}&take=100" for n in range(1, -(-count // 100) + 1)),
                *(f"/v2/voice-agents/{one}" for one in ids),
            ]
            routes, found = iter(waiting), []

            async def worker() -> None:
                for route in routes:
                    answer = await http.get(route)
                    found.append(json.loads(answer.content)["data"])

            await asyncio.gather(*(worker() for _ in range(10)))
            assert len(found) == len(waiting)

    asyncio.run(main())


def requests() -> None:
    """Raw asyncio: GET, PATCH and GET of each agent of ``ids.json``, 32 at once."""
    import asyncio
    import json
    import os
    from pathlib import Path

    waiting = iter(json.loads(Path("ids.json").read_text()))

    async def main() -> None:
        host, _, port = os.environ["HAMSA_BASE_URL"].removeprefix("http://").partition(":")
        key = os.environ["HAMSA_API_KEY"]

        async def worker() -> None:
            reader, writer = await asyncio.open_connection(host, int(port))
            for one in waiting:
                for method, body in (("GET", ""), ("PATCH", '{"interrupt": true}'), ("GET", "")):
                    writer.write(
                        f"{method} /v1/voice-agents/{one} HTTP/1.1\r\nHost: {host}\r\n"
                        f"Authorization: Token {key}\r\nContent-Type: application/json\r\n"
                        f"Content-Length: {len(body)}\r\n\r\n{body}".encode()
                    )
                    head = (await reader.readuntil(b"\r\n\r\n")).lower()
                    assert head.startswith(b"http/1.1 200"), head
                    size = int(head.partition(b"content-length:")[2].split(b"\r\n")[0])
                    json.loads(await reader.readexactly(size))
            writer.close()

        await asyncio.gather(*(worker() for _ in range(32)))

    asyncio.run(main())


def silent_plan() -> None:
    """`reconciler plan`, whose result is neither made nor written: what showing it costs more."""
    from reconciler.cli import main, plan

    plan.write_plan = lambda *_ignored: None
    sys.argv = ["reconciler", "plan"]
    sys.exit(main())


if __name__ == "__main__":
    globals()[sys.argv[1]]()
