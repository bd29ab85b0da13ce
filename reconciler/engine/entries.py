"""Which state entry belongs to each file. Pure.

State keys are file names, and files get renamed. The agent's recorded name does not change with
them, so both are compared:

====================================================  ==========================================
file                                                  its entry
====================================================  ==========================================
pins an id                                            the entry with that id
has a key of the state and the name recorded there    the entry of its key
has a key of the state and a name recorded nowhere    the entry of its key: the agent is renamed
has a key that is not in the state, and the name of   that entry: the file was renamed
one entry whose file is gone
====================================================  ==========================================

If the two contradict each other, names decide, provided that every file then has one entry and
every entry one file: files were swapped, or renamed in a row. If not, it is ambiguous (``rivals``).
"""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from functools import cached_property

from reconciler.late import dataclass
from reconciler.model import Applied, Desired, EnvironmentState, Live
from reconciler.schema import digest


@dataclass(frozen=True)
class Entry:
    """The state key of a file's agent; empty if the state has none.

    ``rivals`` are other state keys that match as well: the user must choose.
    """

    key: str = ""
    rivals: tuple[str, ...] = ()


def entries(
    desired: Sequence[Desired],
    page: EnvironmentState,
    live: Sequence[Live] | None = None,
) -> dict[str, Entry]:
    """Find the state entry of each file, by the file's key.

    ``live`` are all live agents; without them every agent in the state counts as live.
    """
    pins = {item.id for item in desired if item.id}
    alive = {agent.id for agent in live} if live is not None else None
    known = {key: entry.id for key, entry in page.agents.items()}
    claims = _Claims(
        files={item.key: _name_mark(item) for item in desired if not item.id},
        recorded={key: _recorded(entry) for key, entry in page.agents.items()},
        live={key for key, one in known.items() if alive is None or one in alive},
        pinned={key for key, one in known.items() if one in pins},
    )
    return {
        item.key: Entry(page.key_of(item.key, item.id)) if item.id else claims.entry(item.key)
        for item in desired
    }


def _name_mark(item: Desired) -> str:
    return digest.content(item.name) if item.name else ""


def _recorded(entry: Applied) -> str:
    """The digest of an agent's last applied name; empty if it is unknown or keyed."""
    mark = entry.digests.get(entry.kind.name_path, "")
    return "" if digest.is_keyed(mark) else mark


@dataclass(frozen=True)
class _Claims:
    """Files without a pin, and the state's entries.

    ``files`` and ``recorded`` are digests of names by key, empty if there is none; ``live`` are the
    keys of entries whose agent is live, ``pinned`` those of entries that another file pins.
    """

    files: Mapping[str, str]
    recorded: Mapping[str, str]
    live: Collection[str]
    pinned: Collection[str]

    def entry(self, file: str) -> Entry:
        """Find the entry of a file."""
        wanted = self._wanted.get(file, ())
        if not wanted:
            given_away = file in self.pinned and file not in self._firm
            return Entry(file if file in self.recorded and not given_away else "")
        if len(wanted) == 1 and self._follows(file):
            return Entry(wanted[0])
        return Entry(file if file in self.live else "", wanted)

    @cached_property
    def _firm(self) -> frozenset[str]:
        """Keys whose file has the recorded name, or for which one of the two has no name."""
        return frozenset(
            key
            for key, name in self.files.items()
            if key in self.live and (not name or self.recorded[key] in ("", name))
        )

    @cached_property
    def _wanted(self) -> Mapping[str, tuple[str, ...]]:
        """For each file that is not firm: the entries with its name that no firm file has."""
        named = defaultdict(list)
        for key, name in self.recorded.items():
            taken = key in self._firm or key in self.pinned
            if name and not taken and (key in self.live or key not in self.files):
                named[name].append(key)
        loose = {key: name for key, name in self.files.items() if key not in self._firm and name}
        found = {key: self._best(key, named[name]) for key, name in loose.items() if name in named}
        return {key: wanted for key, wanted in found.items() if wanted}

    def _best(self, file: str, keys: Sequence[str]) -> tuple[str, ...]:
        """The live candidates, if any; if not, one that is gone, but only for a new key."""
        alive = tuple(sorted(key for key in keys if key in self.live))
        if alive or file in self.recorded:
            return alive
        return (min(keys),) if keys else ()

    def _wanted_by(self, key: str) -> tuple[str, ...]:
        if key not in self.live:
            return ()
        return tuple(file for file, wanted in self._wanted.items() if key in wanted)

    def _follows(self, file: str) -> bool:
        """Whether its chain of renames assigns one entry to each file and leaves none over."""
        return self._ends_well(file) and self._starts_well(file)

    def _ends_well(self, file: str) -> bool:
        """Whether the chain ends at an entry without a file, or at its own start."""
        seen = [file]
        while (wanted := self._wanted.get(seen[-1], ())) and len(wanted) == 1:
            if wanted[0] == file or wanted[0] not in self.files:
                return True
            if wanted[0] in seen:
                return False
            seen.append(wanted[0])
        return False

    def _starts_well(self, file: str) -> bool:
        """Whether the chain starts at a file that has no entry by its key, or is a ring."""
        seen = [file]
        while seen[-1] in self.live and seen[-1] not in self.pinned:
            before = self._wanted_by(seen[-1])
            if len(before) != 1:
                return False
            if before[0] in seen:
                return before[0] == file
            seen.append(before[0])
        return True


def mark(known: Applied | None) -> str:
    """A digest of the state's entry for an agent; empty if it has none."""
    return digest.content([known.id, dict(known.digests)]) if known else ""
