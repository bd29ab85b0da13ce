"""`reconciler sandbox`: serve the embedded API on a socket, or reset it."""

import argparse
import shutil
from collections.abc import Callable

from reconciler.cli import installed
from reconciler.cli.opening import open_session
from reconciler.cli.world import World
from reconciler.errors import ReconcilerError, UsageError, why
from reconciler.sandbox.seed import load_seed
from reconciler.sandbox.settings import Settings
from reconciler.sandbox.store import Store
from reconciler.workflows.this_run import this_run


def run(world: World, arguments: argparse.Namespace) -> int:
    """Serve until Ctrl-C, or reset; exit 0."""
    return _serve(world, arguments) if arguments.verb == "serve" else _reset(world, arguments)


def _serve(world: World, arguments: argparse.Namespace) -> int:
    try:
        settings = Settings.parse(arguments.switches)
    except ValueError as error:
        raise UsageError(f"--switches: {error}") from error
    serve = _server()
    store = Store(None)
    if not arguments.empty:
        store.seed(load_seed(settings.seed))

    def announce(url: str) -> None:
        world.stdout.write(f"{url}\n")
        world.stdout.flush()
        world.stderr.write(
            "The sandbox listens. In another terminal, in a project without environments:\n"
            f"  export HAMSA_BASE_URL={url} HAMSA_API_KEY={settings.api_key}\n"
        )

    try:
        serve(arguments.host, arguments.port, store, settings, announce=announce)
    except OSError as error:
        message = f"the sandbox cannot listen on {arguments.host}:{arguments.port}: {why(error)}"
        raise ReconcilerError(message, hint="name another one with --host and --port") from error
    return 0


def _server() -> Callable[..., None]:
    """The socket server, whose packages are an extra: the embedded sandbox needs none."""
    try:
        from reconciler.sandbox.server import serve  # noqa: PLC0415 - it may not be installed
    except ModuleNotFoundError as error:
        message = f"`sandbox serve` needs the package {error.name}, which is not installed"
        raise ReconcilerError(message, hint=installed.adding("sandbox-server")) from error
    return serve


def _reset(world: World, arguments: argparse.Namespace) -> int:
    session = open_session(world, arguments)
    if session.environment.sandbox is None:
        message = f"{session.environment.name} is no sandbox: its url is {session.environment.url}"
        raise UsageError(message, hint="name one whose url is `sandbox`, with --env")
    name = session.name
    with session.state.backend.lock([name], this_run(world.env, "sandbox reset")):
        for folder in (session.sandbox_folder, session.history_folder):
            shutil.rmtree(folder, ignore_errors=True)
        session.state.restore(name, None)
    world.stdout.write(f"The sandbox of {name} is as it was at first.\n")
    return 0
