"""The process's stdout and stderr: failed writes are remembered, and raise nothing.

A full disk or a closed reader must not stop an apply between two agents. Lost output decides the
exit code at the end of the run: it is never success.
"""

import errno
import io
import os
import sys

TYPE_CHECKING = False  # importing typing would cost as much as argparse
if TYPE_CHECKING:
    from types import TracebackType
    from typing import Self

READER_GONE = 141
"""The exit code of a process ended by SIGPIPE, as for tools written in C or Go."""


class Output(io.TextIOWrapper):
    """A text stream in UTF-8 that remembers the first failure in ``lost`` and drops later text."""

    def __init__(self, stream: io.TextIOWrapper | None) -> None:
        self.lost: OSError | None = None
        self._closed_before = stream is None
        super().__init__(
            stream.buffer if stream else io.BufferedWriter(io.FileIO(os.devnull, "w")),
            encoding="utf-8",
            errors="backslashreplace",
            line_buffering=bool(stream and stream.line_buffering),
            write_through=bool(stream and stream.write_through),
        )

    def write(self, text: str) -> int:
        """Write, or drop the text if a write failed before."""
        if self._closed_before and text:
            self.lost = self.lost or OSError(errno.EBADF, os.strerror(errno.EBADF))
        if self.lost is None:
            try:
                return super().write(text)
            except OSError as error:
                self.lost = error
        return len(text)

    def flush(self) -> None:
        """Flush, unless a write failed before."""
        if self.lost is None:
            try:
                super().flush()
            except OSError as error:
                self.lost = error

    @property
    def reader_gone(self) -> bool:
        """Whether the other end of a pipe was closed."""
        return isinstance(self.lost, BrokenPipeError)

    def end(self, number: int) -> None:
        """Return the descriptor; text that it could not take must not fail again at exit."""
        self.flush()
        if self.lost is not None and not self._closed_before:
            os.dup2(os.open(os.devnull, os.O_WRONLY), number)
        self.detach()


class Guarded:
    """Inside a `with` block, sys.stdout and sys.stderr are an ``Output`` each."""

    def __enter__(self) -> "Self":
        _reserve()
        self._before = sys.stdout, sys.stderr
        self.out, self.err = map(_guarded, self._before)
        sys.stdout, sys.stderr = self.out or sys.stdout, self.err or sys.stderr
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: "TracebackType | None",
    ) -> None:
        sys.stdout, sys.stderr = self._before
        for number, stream in ((1, self.out), (2, self.err)):
            if stream:
                stream.end(number)

    def code(self, code: int) -> int:
        """The exit code of a run, given what it could not print; the message is on stderr.

        The run's own code takes precedence unless it is 0. stderr counts if it existed and was
        full.
        """
        for stream in filter(None, (self.out, self.err)):
            stream.flush()
        if self.out and self.out.lost:
            if self.out.reader_gone:
                return code or READER_GONE
            why = os.strerror(self.out.lost.errno or errno.EIO).lower()
            sys.stderr.write(f"error: the output cannot be written: {why}\n")
            return code or 1
        lost = self.err.lost if self.err else None
        return code or int(lost is not None and lost.errno not in (errno.EPIPE, errno.EBADF))


def _guarded(stream: object) -> Output | None:
    """The safe version of a stream; None for one that is not a file of the process."""
    if stream is None or isinstance(stream, io.TextIOWrapper):
        return Output(stream)
    return None


def _reserve() -> None:
    """Open the closed ones of the first three descriptors, so that no file of ours becomes one."""
    while (number := os.open(os.devnull, os.O_RDWR)) < 3:
        pass
    os.close(number)
