"""A server that sends exactly what a test writes, even if it is not HTTP."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

Answer = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


@asynccontextmanager
async def answering(answer: Answer) -> AsyncIterator[str]:
    """The address of a server that treats each connection so; all of them end with the block."""
    opened: list[asyncio.StreamWriter] = []
    theirs = asyncio.all_tasks()

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        opened.append(writer)
        try:
            await answer(reader, writer)
        except (OSError, asyncio.IncompleteReadError, asyncio.CancelledError):
            writer.transport.abort()

    server = await asyncio.start_server(handle, "127.0.0.1", 0)
    try:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    finally:
        await _turns()  # a connection that is being accepted when its server closes is left open
        server.close()
        ours = asyncio.all_tasks() - theirs
        for task in ours:
            task.cancel()
        await asyncio.gather(*ours, return_exceptions=True)
        for writer in opened:
            writer.transport.abort()  # also one that was closed with unread data
        await _turns()


async def _turns() -> None:
    """Let the loop go round some times; how long that takes does not matter."""
    for _ in range(10):
        await asyncio.sleep(0)
