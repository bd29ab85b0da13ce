"""A few workers on one iterator: httpx slows down if a thousand requests are queued at once."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from typing import TypeVar

Item = TypeVar("Item")
Result = TypeVar("Result")


async def each(
    items: Iterable[Item], work: Callable[[Item], Awaitable[Result]], workers: int
) -> list[Result]:
    """The results of ``work`` in the items' order. The first failure stops the others."""
    waiting = enumerate(items)
    results: dict[int, Result] = {}

    async def worker() -> None:
        for index, item in waiting:
            results[index] = await work(item)

    tasks = [asyncio.create_task(worker()) for _ in range(workers)]
    try:
        await asyncio.gather(*tasks)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
    return [results[index] for index in sorted(results)]
