"""`reconciler import`: write live agents as files and bind them, so that a plan is empty."""

import argparse
from collections import defaultdict

from reconciler.authoring.compose import Composed
from reconciler.cli import signals
from reconciler.cli.opening import locked, open_session
from reconciler.cli.output import write_imported
from reconciler.cli.world import World
from reconciler.errors import UsageError
from reconciler.render.imports import ImportedAgent
from reconciler.schema.kind import Kind
from reconciler.workflows.import_ import Imported, ImportOptions, import_
from reconciler.workflows.session import Session


def run(world: World, arguments: argparse.Namespace) -> int:
    """Exit 0; 1 if a named agent cannot be imported, and then nothing is written."""
    if not (arguments.id or arguments.name or arguments.all):
        raise UsageError("which agents?", hint="name them with --id or --name, or take --all")
    options = ImportOptions(
        ids=tuple(arguments.id),
        names=tuple(arguments.name),
        everything=arguments.all,
        key=arguments.key,
        much="full" if arguments.full else "minimal" if arguments.minimal else "all",
        with_secrets=not arguments.no_secrets,
        dry_run=arguments.dry_run,
    )
    with locked(world, arguments):
        session = open_session(world, arguments)
        found = signals.run(import_(session, options))
    told = [_told(session, item) for item in found]
    write_imported(world, arguments, told, stand_ins=session.environment.sandbox is not None)
    return 0


def _told(session: Session, item: Imported) -> ImportedAgent:
    """An agent and its files in the form for display."""
    made, left_out = item.composed, defaultdict[str, list[str]](list)
    for one in made.left_out if made else ():
        left_out[one.reason].append(one.path)
    return ImportedAgent(
        key=made.key if made else "",
        name=item.live.name,
        id=item.live.id,
        files=tuple(path.relative_to(session.project.root).as_posix() for path in item.files),
        left_out={reason: tuple(paths) for reason, paths in left_out.items()},
        secrets=tuple(made.secrets.values()) if made else (),
        fixed=_fixed(item.live.kind, made) if made else (),
        reason=item.reason,
    )


def _fixed(kind: Kind, made: Composed) -> tuple[str, ...]:
    """The objects that cannot be sent because their secrets were left out."""
    fields = (kind.fields.get(one.path) for one in made.left_out if one.secret)
    return tuple(dict.fromkeys(field.top for field in fields if field and field.grouped))
