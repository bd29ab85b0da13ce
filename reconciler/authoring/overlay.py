"""A project's files with edits on top of them, as they would be on disk.

Nothing is written here: an edit is verified by reading the project with the pages in place.
"""

from collections.abc import Mapping
from dataclasses import field, replace
from pathlib import Path

from reconciler import plain
from reconciler.late import dataclass
from reconciler.yamledit.document import read_text, text_of

_BOM = "\ufeff"


class LeftError(Exception):
    """A value that is not written back; the message says why, for the user."""


@dataclass(frozen=True)
class Pages:
    """Raw texts by resolved path: ``before`` as found on disk, ``after`` with the edits."""

    before: Mapping[Path, str] = field(default_factory=dict)
    after: Mapping[Path, str] = field(default_factory=dict)

    def raw(self, path: Path) -> str:
        """A file's text with its own line ends and byte order mark."""
        place = path.resolve()
        if place in self.after:
            return self.after[place]
        try:
            return plain.read(place).decode("utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise LeftError(f"{path.name} cannot be read") from error

    def with_text(self, path: Path, text: str) -> "Pages":
        """The pages with another text for a file."""
        place = path.resolve()
        before = {place: self.raw(path), **self.before}
        return replace(self, before=before, after={**self.after, place: text})

    def read(self, path: Path, name: str) -> str:
        """The loader's replacement for reading a file; see ``reading.Read``."""
        place = path.resolve()
        return (
            text_of(self.after[place].encode(), name)
            if place in self.after
            else read_text(path, name)
        )

    @property
    def edited(self) -> tuple[Path, ...]:
        """The files whose text has changed."""
        return tuple(path for path, text in self.after.items() if text != self.before[path])

    def edited_since(self, last: "Pages") -> tuple[Path, ...]:
        """The files whose text is not that of earlier pages."""
        found = self.after.items()
        return tuple(p for p, text in found if text != last.after.get(p, self.before[p]))


@dataclass(frozen=True)
class Source:
    """A text file's content, and what reading removes: final newlines, byte order mark, CRLF."""

    text: str
    tail: str
    bom: bool
    crlf: bool

    @classmethod
    def of(cls, raw: str, *, every_end: bool) -> "Source":
        """Split a raw text; ``every_end``: all final newlines are removed, not only one."""
        bare = raw.removeprefix(_BOM)
        crlf = "\r\n" in bare
        if crlf and bare.count("\r\n") != bare.count("\n"):
            raise LeftError("the lines of its file end in two ways")
        plain = bare.replace("\r\n", "\n")
        text = plain.rstrip("\n") if every_end else plain.removesuffix("\n")
        return cls(text, plain[len(text) :], raw.startswith(_BOM), crlf)

    def raw(self, text: str) -> str:
        """The raw file with another text."""
        plain = text + self.tail
        return (_BOM if self.bom else "") + (plain.replace("\n", "\r\n") if self.crlf else plain)
