"""References in YAML values, and their resolution.

========================  ==================================================================
``{$file: path}``         the text of a file, without its final newline
``{$file: [a, b]}``       several files, joined by a blank line
``{$secret: NAME}``       an environment variable that is never shown
``{$env: NAME}``          an environment variable
``{$var: name}``          a variable of the environment, with its type
``"… ${var.name} …"``     a variable inside a text or a file; ``$${`` is a literal ``${``
========================  ==================================================================
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import field, replace
from pathlib import Path
from typing import Any

from reconciler.config import bundle
from reconciler.errors import listed, meant
from reconciler.jsonvalues import Json, Secret
from reconciler.late import dataclass, pattern
from reconciler.plain import stays
from reconciler.text import tokens
from reconciler.text.merge import SETTLE, has_markers
from reconciler.yamledit.document import Path_, Read, YamlFileError, read_text

KINDS = ("$file", "$secret", "$env", "$var")

_INSIDE = pattern(r"\$\$\{|\$\{([^}\n]*)\}?")
_TOKENS = pattern(
    r"GITHUB_TOKEN|GH_TOKEN|GITLAB_TOKEN|CI_JOB_(TOKEN|JWT\w*)|CI_DEPLOY_PASSWORD|CI_BUILD_TOKEN"
    r"|CI_REGISTRY_PASSWORD|CI_DEPENDENCY_PROXY_PASSWORD|CI_REPOSITORY_URL|ACTIONS_\w*|RECONCILER_\w*"
    r"|TF_HTTP_\w*|AWS_(ACCESS_KEY_ID|SECRET_ACCESS_KEY|SESSION_TOKEN)|AZURE_CLIENT_SECRET"
    r"|AZURE_STORAGE_(ACCOUNT_KEY|ACCESS_KEY|SAS_\w+)|GOOGLE_(SERVICE_ACCOUNT|APPLICATION)\w*",
    re.IGNORECASE,
)
"""Variables that give a job access to its forge or to the state, or control this tool.

They are never given to a file.
"""

_ENV_NAME = pattern(r"[A-Za-z_][A-Za-z0-9_]*")


@dataclass(frozen=True)
class Trouble:
    """A reference that cannot be resolved: its place in the document, and what to do."""

    path: Path_
    message: str
    found: str = ""
    allowed: str = ""
    hint: str = ""
    warning: bool = False
    rule: str = ""
    """The lint rule of this finding, whose level it has."""
    secret: str = ""
    """The name of the secret that is not set."""
    at: int | None = None
    """The offset of the trouble in the text as written."""


@dataclass(frozen=True, kw_only=True)
class Scope:
    """What references of one file may see.

    ``env`` is the process environment. ``secret`` returns a secret's value, or None if it is not
    set. ``offline`` reports unset names as warnings, for checks without credentials.
    """

    root: Path
    folder: Path
    variables: Mapping[str, Json]
    environment: str
    env: Mapping[str, str]
    secret: Callable[[str], str | None]
    keys: frozenset[str] = frozenset()
    """Names of the variables with API keys: never shown as values."""
    secrets: frozenset[str] = frozenset()
    """Names that are a ``$secret`` somewhere in the project: secret wherever they are used."""
    offline: bool = False
    demands_secrets: bool = True
    """Whether an unset secret is a mistake: in an agent only if it has to be sent."""
    secrets_for: str = "a plan"
    """The purpose of the secrets."""
    text_of: Read = read_text
    troubles: list[Trouble] = field(default_factory=list)

    def resolve(self, value: Json, path: Path_ = ()) -> Json:
        """A value with every reference replaced; troubles are collected, not raised."""
        if is_reference(value):
            return self._referred(value, path)
        if isinstance(value, dict):
            return {name: self.resolve(item, (*path, name)) for name, item in value.items()}
        if isinstance(value, list):
            return [self.resolve(item, (*path, i)) for i, item in enumerate(value)]
        return self._filled(value, path) if isinstance(value, str) else value

    def _referred(self, value: Mapping[str, Any], path: Path_) -> Json:
        ((kind, target),) = value.items()
        if kind == "$file":
            return self._files(target, path)
        if not isinstance(target, str) or not target:
            found = "something else than text" if target else "nothing"
            return self._fail(path, f"`{kind}` takes a name", found=found)
        if kind == "$var":
            return self._variable(target, path)
        if not _ENV_NAME.fullmatch(target) or tokens.found(target):
            hint = "write the name of an environment variable, never its value"
            found = "(sensitive)" if tokens.found(target) else ""
            message = f"`{kind}` takes the name of an environment variable"
            return self._fail(path, message, found=found, hint=hint)
        if _TOKENS.fullmatch(target):
            hint = "give the variable a name of its own: that one lets this job into the forge"
            return self._fail(
                path, f"`{kind}` takes no token of a forge or of CI", found=target, hint=hint
            )
        return self._secret(target, path) if kind == "$secret" else self._env(target, path)

    def _secret(self, name: str, path: Path_) -> Json:
        value = self.secret(name)
        if not value and (self.demands_secrets or self.offline):
            hint = f"set it before {self.secrets_for}: export {name}=…"
            self._unset(name, path, hint, secret=name)
        return Secret(name, value or None)

    def _env(self, name: str, path: Path_) -> Json:
        if name in self.keys:
            hint = "a key is for `api_key` alone; a secret of its own takes `$secret`"
            return self._fail(path, f"`$env` would show {name}, which is an API key", hint=hint)
        if name in self.secrets or name in bundle.names(self.env):
            hint = f"write {{ $secret: {name} }}"
            return self._fail(path, f"`$env` would show {name}, which is a secret", hint=hint)
        value = self.env.get(name)
        if value is None:
            hint = f"set it before a plan, which compares it: export {name}=…"
            self._unset(name, path, hint)
        return value if value is not None else ""

    def _unset(self, name: str, path: Path_, hint: str, secret: str = "") -> None:
        message = f"the environment variable {name} is not set"
        trouble = Trouble(path, message, hint=hint, warning=self.offline, secret=secret)
        self.troubles.append(trouble)

    def _variable(self, name: str, path: Path_, at: int | None = None) -> Json:
        if name in self.variables:
            return self.variables[name]
        known = listed(sorted(self.variables), name)
        return self._fail(
            path,
            f"the environment {self.environment} has no variable `{name}`",
            allowed=known,
            hint=meant(name, self.variables, "add it to `vars` in the project file"),
            at=at,
        )

    def _filled(self, text: str, path: Path_) -> str:
        def replace(found: re.Match[str]) -> str:
            inside = found.group(1)
            if inside is None:
                return "${"
            if not inside.startswith("var.") or not found.group().endswith("}"):
                self._fail(
                    path,
                    "`${` starts a variable, and this is none",
                    found=found.group()[:40],
                    allowed="`${var.name}`",
                    hint="write `$${` for a literal `${`",
                    at=found.start(),
                )
                return ""
            value = self._variable(inside.removeprefix("var."), path, found.start())
            return str(value).lower() if isinstance(value, bool) else str(value)

        return _INSIDE.sub(replace, text) if "${" in text else text

    def _files(self, target: Json, path: Path_) -> Json:
        names = target if isinstance(target, list) else [target]
        if not names or not all(isinstance(name, str) and name for name in names):
            return self._fail(path, "`$file` takes a path or a list of paths")
        return self._filled("\n\n".join(self.parts(names, path)), path)

    def parts(self, names: Sequence[str], path: Path_) -> list[str]:
        """The text of each file of a reference, before variables are filled in."""
        texts = [self._file(name, path) for name in names]
        return texts if len(texts) == 1 else [text.rstrip("\n") for text in texts]

    def written_at(self, raw: str, offset: int) -> int:
        """Map an offset in a filled text back to the text as written."""
        if "${" not in raw:
            return offset
        scratch = replace(self, troubles=[])
        at = 0
        for found in _INSIDE.finditer(raw):
            before = found.start() - at
            filled = len(scratch._filled(found.group(), ()))  # noqa: SLF001 - its own
            if offset < before + filled:
                return at + min(offset, before)
            at, offset = found.end(), offset - before - filled
        return at + offset

    def _file(self, name: str, path: Path_) -> str:
        target = self.folder / name
        if not stays(target, self.root):
            return str(self._fail(path, "`$file` leaves the project", found=name))
        try:
            text = self.text_of(target, name)
        except YamlFileError as error:
            said = error.problem
            found = f"{name}, {said.found}" if said.found else name
            more = {"found": found, "allowed": said.allowed, "hint": said.hint}
            return str(self._fail(path, f"`$file` {said.message}", **more))
        line = has_markers(text)
        if line:
            message, found = "`$file` holds an unfinished merge", f"{name}, line {line}"
            return str(self._fail(path, message, found=found, hint=SETTLE))
        if not text.strip():
            from reconciler.lint import RULES  # noqa: PLC0415 - only for what is wrong
            from reconciler.lint.standins import BLANK  # noqa: PLC0415

            message, hint = "`$file` is blank", RULES[BLANK].help
            self._fail(path, message, found=name, hint=hint, rule=BLANK)
        return text.removesuffix("\n")

    def _fail(self, path: Path_, message: str, **more: Any) -> Json:
        self.troubles.append(Trouble(path, message, **more))
        return UNRESOLVED


UNRESOLVED = ""
"""In place of a failed reference, so that the other mistakes are still found."""


def literal(leaf: Json) -> Json:
    """A value with ``${`` escaped, so that it reads back as itself."""
    return leaf.replace("${", "$${") if isinstance(leaf, str) else leaf


def is_reference(value: Json) -> bool:
    """Whether a value is a mapping of exactly one key that is a kind of reference."""
    return isinstance(value, dict) and len(value) == 1 and next(iter(value)) in KINDS


def referred(value: Json) -> Iterator[tuple[Path_, str, Json]]:
    """Every reference inside a value of a file: its place, kind and target."""
    waiting: list[tuple[Path_, Json]] = [((), value)]
    while waiting:
        path, one = waiting.pop()
        if is_reference(one):
            ((kind, target),) = one.items()
            yield path, kind, target
        elif isinstance(one, dict):
            waiting += [((*path, name), item) for name, item in one.items()]
        elif isinstance(one, list):
            waiting += [((*path, index), item) for index, item in enumerate(one)]


def secret_names(value: Json) -> Iterator[str]:
    """The environment variables that a file names as secrets."""
    return (to for _, kind, to in referred(value) if kind == "$secret" and isinstance(to, str))


def variables_in(text: str) -> list[str]:
    """Every ``${var.name}`` of a text, as written."""
    return [one.group() for one in _INSIDE.finditer(text) if one.group(1)]
