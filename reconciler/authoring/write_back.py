"""Write live values into the files that declare them, in place, changing nothing else.

A value is changed where it is written: in ``spec``, in the override of the environment, in a
Markdown file behind ``$file``. References stay if their text is still there. Every edit is verified
by reading the project again with it: the field has the value, and nothing else changed.
"""

from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import field, replace
from pathlib import Path

from reconciler import jsonvalues
from reconciler.authoring import raw_values
from reconciler.authoring.overlay import LeftError, Pages, Source
from reconciler.config import agentfile, layouts, load, reader, template
from reconciler.config.agentfile import AgentFile
from reconciler.config.project import Environment, Project
from reconciler.config.references import Scope, is_reference, literal, referred, variables_in
from reconciler.engine.pull import OURS, THEIRS
from reconciler.jsonvalues import MISSING, Fields, Json, leaves, map_leaves
from reconciler.late import dataclass
from reconciler.model import Desired
from reconciler.schema import paths, wire
from reconciler.schema.kind import Kind
from reconciler.text import known
from reconciler.text.merge import merge
from reconciler.yamledit import edits
from reconciler.yamledit.document import Path_


@dataclass(frozen=True, kw_only=True)
class Taken:
    """Where a value was written: the files, and the other environments that read it there."""

    files: tuple[Path, ...]
    also: tuple[str, ...] = ()
    dropped: tuple[str, ...] = ()
    """References, as written, that plain text has replaced."""
    by_path: Mapping[str, tuple[Path, ...]] = field(default_factory=dict)
    """The files of each leaf, if several were written at once."""


@dataclass(kw_only=True)
class Workspace:
    """A project whose files are being edited; ``pages`` is what to write to disk."""

    project: Project
    environment: Environment
    env: Mapping[str, str]
    declared: Mapping[str, Fields]
    """The declared values when it was decided what to pull."""
    live: Mapping[str, Fields]
    """The live leaves of each key: a shared file may be edited if all its agents agree."""
    layouts: Mapping[str, Json] = field(default_factory=dict)
    """The live layout of each key whose file declares a part in its written form."""
    pages: Pages = field(default_factory=Pages)
    _files: dict[str, AgentFile] = field(default_factory=dict, init=False)
    _readers: dict[Path, set[str]] = field(default_factory=dict, init=False)
    """For each file, the keys of the agents that are it or refer to it."""
    _secrets: frozenset[str] = field(default=frozenset(), init=False)
    """The names of all secrets in the project."""

    def __post_init__(self) -> None:
        read = load.files(self.project)[0]
        self._secrets = load.secret_names(self.project, read)
        for file in read:
            self._files[file.key] = file
            for path in (self._path(file), *raw_values.texts_of(file)):
                self._readers.setdefault(path.resolve(), set()).add(file.key)

    def take(self, key: str, values: Fields) -> Taken:
        """Write the values of leaves into the files that declare them: all, or none.

        Raises LeftError if that cannot be done without changing anything else.
        """
        before, file = self.pages, self._file(key, self.pages)
        written = {path: as_declared(file.kind, path, value) for path, value in values.items()}
        for path, value in written.items():
            self._prove_no_secret(value)
            self._prove_unmoved(file, path, value)
        by_path: dict[str, tuple[Path, ...]] = {}
        try:
            for path, value in written.items():
                last = self.pages
                self.pages = self._edited(self._file(key, last), path, value)
                by_path[path] = self.pages.edited_since(last)
            pages = self.pages
        except (edits.NotEditableError, template.NotWritableError) as error:
            raise LeftError(str(error)) from error
        finally:
            self.pages = before
        self._prove(key, written, pages)
        return replace(self._turned(file, written, pages), by_path=by_path)

    def declare(self, key: str, path: str, value: Json) -> Taken:
        """Write a leaf that no file names: only for this environment if there are others.

        Raises LeftError if that cannot be done without changing anything else.
        """
        file = self._file(key, self.pages)
        written = as_declared(file.kind, path, value)
        self._prove_unmoved(file, path, written)
        if "[" in path and not self._names_item(file, path):
            raise LeftError("it is in a list, or an item of one, that no file names")
        several = len(self.project.environments) > 1
        above: Path_ = ("environments", self.environment.name) if several else ("spec",)
        try:
            steps = self._steps(file, path)
            inside = "[" in path
            here = agentfile.place_of(file, self.environment.name, steps)
            place = here if inside else (*above, *steps)
            pages = self._added(file, place, map_leaves(written, literal))
        except edits.NotEditableError as error:
            raise LeftError(str(error)) from error
        self._prove(key, {path: written}, pages)
        return self._turned(file, [path], pages)

    def take_out(self, key: str, path: str) -> Taken:
        """Remove a leaf from a file.

        Raises LeftError if that cannot be done without changing anything else.
        """
        file = self._file(key, self.pages)
        over = file.entry.environments.get(self.environment.name, {})
        steps = self._steps(file, path)
        if (
            raw_values.at(over, steps) is not MISSING
            or raw_values.at(file.entry.spec, steps) is MISSING
        ):
            raise LeftError("it is set for this environment: take it out of the file by hand")
        *parents, leaf = ("spec", *steps)
        holder = raw_values.at(file.document.data, tuple(parents))
        kept = {name: one for name, one in holder.items() if name != leaf}
        try:
            pages = _changed(self.pages, self._path(file), tuple(parents), kept)
        except edits.NotEditableError as error:
            raise LeftError(str(error)) from error
        self._prove(key, {path: MISSING}, pages)
        return self._turned(file, [path], pages)

    def _added(self, file: AgentFile, place: Path_, value: Json) -> Pages:
        """The pages with a value at a new place, and with any missing mappings above it."""
        tree, depth = file.document.data, 0
        while depth < len(place) - 1 and raw_values.has(tree, place[depth]):
            tree, depth = tree[place[depth]], depth + 1
        if not raw_values.is_plain(tree):
            raise LeftError("it is inside a value that comes from another file")
        for step in reversed(place[depth + 1 :]):
            value = {step: value}
        return _changed(self.pages, self._path(file), place[: depth + 1], value)

    def mark(self, key: str, path: str, base: str, live: str) -> Taken:
        """Write both versions of a text into its Markdown files, with conflict markers.

        ``base`` is the common ancestor. References stay references on both sides. Raises LeftError
        if the text is in no file of its own, or in a shared one.
        """
        file = self._file(key, self.pages)
        self._prove_no_secret(live)
        self._prove_unmoved(file, path, live)
        raw = self._raw(file, self._steps(file, path))
        if not is_reference(raw) or "$file" not in raw:
            raise LeftError("both moved the same paragraph")

        def marked(texts: list[str]) -> list[str]:
            old, new = (
                template.rewritten(texts, self.environment.variables, text) for text in (base, live)
            )
            merged = (merge(*sides) for sides in zip(old, texts, new, strict=True))
            return [one.marked(OURS, THEIRS) if one.clashes else one.text for one in merged]

        try:
            pages = self._into_files(file, raw["$file"], marked)
        except template.NotWritableError as error:
            raise LeftError(str(error)) from error
        self._prove_unshared(key, pages)
        return self._turned(file, [path], pages)

    def lay(self, key: str, names: Collection[str], live: Json) -> tuple[Path, ...]:
        """Bring the layout of an agent's written part up to these names, from the live layout."""
        file = self._file(key, self.pages)
        view, scope = file.kind.view, self._scopes(self.pages)(file.folder)
        spec = agentfile.overlaid(
            file.entry.spec, file.entry.environments.get(self.environment.name, {})
        )
        name = layouts.named(file.kind, spec)
        known = layouts.parted(file.kind, spec, scope, lambda place: (file.document, place)).layout
        if view is None or not name or known is None:
            return ()
        path = file.folder / name
        text = layouts.dumps(view.laid(known, live, names))
        pages = self.pages.with_text(path, text)
        touched, self.pages = self._touched(pages), pages
        return touched

    def _turned(self, file: AgentFile, found: Collection[str], pages: Pages) -> Taken:
        """Continue with these pages; returns the files that differ from those before."""
        dropped: dict[str, None] = {}
        for path in found:
            before, after = (self._references(file.key, path, one) for one in (self.pages, pages))
            dropped |= dict.fromkeys(before - after)
        also = dict.fromkeys(name for path in found for name in self._others(file, path))
        touched, self.pages = self._touched(pages), pages
        return Taken(files=touched, also=tuple(also), dropped=tuple(dropped))

    def _references(self, key: str, path: str, pages: Pages) -> Counter[str]:
        """The references in a leaf's raw value, and in its files; each as written."""
        file = self._file(key, pages)
        found: Counter[str] = Counter()
        for raw in self._raws(file, self._steps(file, path)):
            for _, kind, target in referred(raw):
                found[f"{{ {kind}: {raw_values.listed(target)} }}"] += 1
                if kind == "$file":
                    names = target if isinstance(target, list) else [target]
                    texts = [pages.raw(file.folder / name) for name in names]
                    found.update(one for text in texts for one in variables_in(text))
            texts = [leaf for leaf in leaves(raw) if isinstance(leaf, str)]
            found.update(one for text in texts for one in variables_in(text))
        return found

    def _raws(self, file: AgentFile, path: Path_) -> Iterator[Json]:
        """The raw values of a leaf: in the spec, and in this environment's override."""
        over = file.entry.environments.get(self.environment.name, {})
        yield from (
            one
            for one in (raw_values.at(file.entry.spec, path), raw_values.at(over, path))
            if one is not MISSING
        )

    def _touched(self, pages: Pages) -> tuple[Path, ...]:
        """The files whose text differs from the pages so far."""
        so_far = self.pages.after
        return tuple(path for path in pages.edited if pages.after[path] != so_far.get(path))

    def _raw(self, file: AgentFile, path: Path_) -> Json:
        """The raw value of a leaf from which this environment reads it."""
        over = raw_values.at(file.entry.environments.get(self.environment.name, {}), path)
        return raw_values.at(file.entry.spec, path) if over is MISSING else over

    def _file(self, key: str, pages: Pages) -> AgentFile:
        """An agent's file as read with the pages in place."""
        known = self._files[key]
        name, environments = known.document.name, self.project.environments
        file, _ = agentfile.read(
            self._path(known), name, environments, self.project.entry.api, pages.read
        )
        if file is None:
            raise LeftError("the file could not be read any more")
        return file

    def _scopes(self, pages: Pages) -> Callable[[Path], Scope]:
        """The scope of references with the pages in place."""
        return reader.scopes(
            self.project,
            self.environment,
            self.env,
            self._secrets,
            offline=True,
            text_of=pages.read,
        )

    def _reads_as(self, file: AgentFile, raw: Json, value: Json) -> bool:
        scope = self._scopes(self.pages)(file.folder)
        return jsonvalues.equal(scope.resolve(raw), value)

    def _steps(self, file: AgentFile, path: str) -> Path_:
        """The steps to a leaf in the spec: items of keyed lists by their index in the file."""
        lists = [paths.row(listed) for listed, _ in paths.lists(path)]
        indexed = any(listed not in file.kind.mapped for listed in lists)
        fields = self._resolved(file, self.pages).fields if indexed else {}
        return file.kind.place(path, fields)

    def _names_item(self, file: AgentFile, path: str) -> bool:
        """Whether the file has every item that contains a leaf."""
        fields = self._resolved(file, self.pages).fields
        lists = [listed + paths.ORDER for listed, _ in paths.lists(path)]
        known = bool(lists) and all(one in fields for one in lists)
        return known and paths.is_there(path, fields)

    def _in_list(self, file: AgentFile, path: str, value: Json) -> Pages:
        """The pages with a leaf of an item changed, or with other items in a list."""
        steps = self._steps(file, path)
        place = agentfile.place_of(file, self.environment.name, steps)
        raw = raw_values.at(file.document.data, place)
        if raw is MISSING:
            raise LeftError("it is inside a value that comes from another file")
        if not path.endswith(paths.ORDER):
            return self._placed(file, place, raw, value)
        if path.removesuffix(paths.ORDER) in file.kind.mapped:
            return self._in_map(file, path, place, raw, value)
        if not isinstance(raw, list):
            raise LeftError("its list comes from elsewhere")
        keys = self._resolved(file, self.pages).fields[path]
        new = [raw[keys.index(k)] if k in keys else self._new_item(file, path, k) for k in value]
        return _changed(self.pages, self._path(file), place, new)

    def _in_map(
        self, file: AgentFile, order: str, place: Path_, raw: Json, value: list[str]
    ) -> Pages:
        """The pages with other items in an object of items: each new one after its live neighbour.

        Items that stay are not touched. ``value`` is in no order.
        """
        if not raw_values.is_plain(raw):
            raise LeftError("its items come from elsewhere")
        kept = [key for key in raw if key in value]
        live = self.live[file.key][order]
        turn = [*(key for key in live if key in value), *(key for key in value if key not in live)]
        for number, key in enumerate(turn):
            if key not in kept:
                before = [one for one in turn[:number] if one in kept]
                kept.insert(kept.index(before[-1]) + 1 if before else 0, key)
        new = {key: raw[key] if key in raw else self._new_item(file, order, key) for key in kept}
        return _changed(self.pages, self._path(file), place, new)

    def _new_item(self, file: AgentFile, order: str, key: Json) -> Json:
        """A live item without nulls that say nothing."""
        fields, listed = self.live[file.key], order.removesuffix(paths.ORDER)
        found = wire.whole(file.kind, listed, fields) or []
        mapped = listed in file.kind.mapped
        item: dict[str, Json] = found[key] if mapped else found[fields[order].index(key)]
        self._prove_no_secret(item)
        bare = {name: one for name, one in item.items() if mapped or one is not None}
        return map_leaves(bare, literal)

    def _edited(self, file: AgentFile, name: str, value: Json) -> Pages:
        if "[" in name:
            return self._in_list(file, name, value)
        path: Path_ = tuple(name.split("."))
        over = file.entry.environments.get(self.environment.name, {})
        base, patch = raw_values.at(file.entry.spec, path), raw_values.at(over, path)
        above: Path_ = ("environments", self.environment.name)
        if patch is MISSING and base is MISSING:
            raise LeftError("it is inside a value that comes from another file")
        if patch is MISSING:
            return self._placed(file, ("spec", *path), base, value)
        if not (
            raw_values.is_plain(base) and raw_values.is_plain(patch) and raw_values.is_plain(value)
        ):
            return self._placed(file, (*above, *path), patch, value)
        low, high = self._split(file, base, patch, value)
        first = _changed(self.pages, self._path(file), ("spec", *path), low)
        return _changed(first, self._path(file), (*above, *path), high)

    def _placed(self, file: AgentFile, place: Path_, raw: Json, value: Json) -> Pages:
        """The pages after a value is written at one place."""
        if is_reference(raw) and "$file" in raw and isinstance(value, str):
            variables = self.environment.variables
            return self._into_files(
                file, raw["$file"], lambda texts: template.rewritten(texts, variables, value)
            )
        written = self._source(file, raw, value)
        return _changed(self.pages, self._path(file), place, written)

    def _path(self, file: AgentFile) -> Path:
        return self.project.root / file.document.name

    def _split(
        self, file: AgentFile, base: Json, patch: Json, value: Json
    ) -> tuple[dict[str, Json], dict[str, Json]]:
        """Split a mapping over spec and override: keys stay in place, new ones become overrides."""
        low: dict[str, Json] = {}
        high: dict[str, Json] = {}
        for name, item in value.items():
            if all(map(raw_values.is_plain, (patch.get(name), base.get(name), item))):
                low[name], high[name] = self._split(file, base[name], patch[name], item)
            elif name in patch or name not in base:
                high[name] = self._source(file, patch.get(name, MISSING), item)
                low |= {name: base[name]} if name in base else {}
            else:
                low[name] = self._source(file, base[name], item)
        return low, high

    def _source(self, file: AgentFile, raw: Json, value: Json) -> Json:
        """The text to write so that it reads as the value: references stay if they still fit."""
        if raw is not MISSING and self._reads_as(file, raw, value):
            return raw
        if is_reference(raw):
            return self._instead_of(raw, value)
        match raw, value:
            case str(), str() if "${" in raw:
                return template.rewritten([raw], self.environment.variables, value)[0]
            case dict(), dict():
                return {n: self._source(file, raw.get(n, MISSING), v) for n, v in value.items()}
            case list(), list():
                return [self._item(file, raw, i, item) for i, item in enumerate(value)]
            case _:
                return map_leaves(value, literal)

    def _item(self, file: AgentFile, raw: list[Json], index: int, value: Json) -> Json:
        """An item of a list: as already written anywhere in it, if not in place of the old item."""
        for item in raw:
            if self._reads_as(file, item, value):
                return item
        return self._source(file, raw[index] if index < len(raw) else MISSING, value)

    def _instead_of(self, raw: Json, value: Json) -> Json:
        ((kind, name),) = raw.items()
        if kind == "$file":
            return map_leaves(value, literal)
        what = {"$var": f"the variable `{name}`", "$env": f"the environment variable {name}"}
        raise LeftError(
            f"it comes from {what.get(kind, 'a secret')}: change that, or the reference"
        )

    def _into_files(
        self, file: AgentFile, target: Json, written: Callable[[list[str]], list[str]]
    ) -> Pages:
        """The pages with other texts in the one or several files of a reference."""
        names = target if isinstance(target, list) else [target]
        paths = [file.folder / name for name in names]
        several = len(paths) > 1
        sources = [Source.of(self.pages.raw(path), every_end=several) for path in paths]
        texts = [source.text for source in sources]
        pages, new = self.pages, written(texts)
        for path, source, before, text in zip(paths, sources, texts, new, strict=True):
            if text != before:
                pages = pages.with_text(path, source.raw(text))
        return pages

    def _prove_unmoved(self, file: AgentFile, path: str, wanted: Json) -> None:
        """Check that the field still has the value it had at the decision, or the wanted one."""
        now = self._resolved(file, self.pages).fields.get(path, MISSING)
        then = self.declared[file.key].get(path, MISSING)
        if not any(one is now or wire.same(file.kind[path], now, one) for one in (then, wanted)):
            raise LeftError("its file was changed on disk meanwhile")

    def _prove_no_secret(self, value: Json) -> None:
        """Check that a text for a file contains no secret from the environment."""
        names = self._secrets | self.project.key_names
        values = known.of({name: self.env.get(name, "") for name in names})
        for text in (leaf for leaf in leaves(value) if isinstance(leaf, str)):
            for _, name in known.held(text, values):
                raise LeftError(f"it holds the value of {name}, which no file may contain")

    def _others_of(self, key: str, pages: Pages) -> list[str]:
        """The other agents that read a file which these pages change."""
        readers = (self._readers.get(path, set()) for path in self._touched(pages))
        return sorted(set().union(*readers) - {key})

    def _prove_unshared(self, key: str, pages: Pages) -> None:
        for name in self._others_of(key, pages):
            raise LeftError(f"its file is shared with {name}")

    def _prove(self, key: str, wanted: Fields, pages: Pages) -> None:
        """Read again: the fields have the values, and nothing else changed in any agent."""
        orders = [path for path in wanted if path.endswith(paths.ORDER)]
        for name in (key, *self._others_of(key, pages)):
            before = self._resolved(self._file(name, self.pages), self.pages)
            after = self._resolved(self._file(name, pages), pages)
            moved = [one for one in _moved(before, after) if name != key or one not in wanted]
            for path in orders if name == key else ():
                moved = [one for one in moved if not _comes_or_goes(one, path, before, after)]
            for one in moved:
                current = self.live.get(name, {}).get(one, MISSING)
                value = after.fields.get(one, MISSING)
                if MISSING in (current, value) or not wire.same(after.kind[one], value, current):
                    raise LeftError(f"its file is shared: {name} {one} would change too")
            if name != key and not moved:
                raise LeftError(f"its file is shared: {name} reads it in another environment")
            said = (self._says(after, path, value) for path, value in wanted.items())
            if name == key and not all(said):
                raise LeftError("no file can hold it exactly")

    def _says(self, found: Desired, path: str, wanted: Json) -> bool:
        """Whether a leaf is declared with this value, or not declared if it is ``MISSING``."""
        if wanted is MISSING:
            return path not in found.fields
        return wire.same(found.kind[path], found.fields.get(path), wanted)

    def _resolved(self, file: AgentFile, pages: Pages) -> Desired:
        scopes = self._scopes(pages)
        desired, problems = agentfile.resolve(file, scopes, self.environment.name)
        wrong = [problem for problem in problems if not problem.warning]
        if wrong:
            raise LeftError(f"the file would be wrong: {wrong[0].message}")
        return desired

    def _others(self, file: AgentFile, path: str) -> Iterator[str]:
        """The other environments that read this leaf from the same place."""
        here, steps = file.entry.environments, self._steps(file, path)
        if agentfile.reaches(here.get(self.environment.name, {}), steps):
            return
        for name in self.project.environments:
            if name != self.environment.name and not agentfile.reaches(here.get(name, {}), steps):
                yield name


def as_declared(kind: Kind, path: str, value: Json) -> Json:
    """A live value as a file would have it: in its canonical form, unless it is the API's own."""
    fact = kind[path].fact
    return value if fact.raw else fact.codec.canonical(value)


def _changed(pages: Pages, path: Path, place: Path_, value: Json) -> Pages:
    raw = pages.raw(path)
    return pages.with_text(path, edits.changed(raw, place, value))


def _comes_or_goes(path: str, order: str, before: Desired, after: Desired) -> bool:
    """Whether a leaf is in an item that only one side of an edit of its list has."""
    inside = paths.covers(order.removesuffix(paths.ORDER), path)
    return inside and not all(paths.is_there(path, one.fields) for one in (before, after))


def _moved(before: Desired, after: Desired) -> Iterator[str]:
    for path in {**before.fields, **after.fields}:
        old, new = before.fields.get(path, MISSING), after.fields.get(path, MISSING)
        if old is MISSING or new is MISSING or not wire.same(after.kind[path], old, new):
            yield path
