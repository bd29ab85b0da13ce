"""A connection to a Temporal server, with the settings that Temporal's own tools use."""

import gc
import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import timedelta

from temporalio.client import Client, Interceptor
from temporalio.envconfig import ClientConfig
from temporalio.runtime import Runtime, TelemetryConfig
from temporalio.service import RPCError, RPCStatusCode

from reconciler import telemetry
from reconciler.errors import ReconcilerError, UsageError
from reconciler.late import dataclass

QUEUE = "reconciler"
"""The task queue, unless one is named."""
_LOCAL = "localhost:7233"
_TOLD = "Completing activity as failed"
_PATIENCE = timedelta(seconds=10)


@dataclass(frozen=True, kw_only=True)
class Way:
    """How to reach the service: options of the command line, over variables and file.

    TEMPORAL_ADDRESS, TEMPORAL_NAMESPACE, TEMPORAL_API_KEY, TEMPORAL_TLS…, TEMPORAL_PROFILE; see
    docs.temporal.io, «Environment configuration».
    """

    env: Mapping[str, str]
    address: str = ""
    namespace: str = ""
    queue: str = QUEUE


async def connected(way: Way) -> Client:
    """A client of the server.

    Raises UsageError for settings that cannot be read, ReconcilerError if no server answers.
    """
    try:
        config = ClientConfig.load_client_connect_config(override_env_vars=dict(way.env))
    except (RuntimeError, OSError, ValueError) as error:
        hint = "look at the variables TEMPORAL_… and at the file of TEMPORAL_CONFIG_FILE"
        raise UsageError("the settings of Temporal cannot be read", hint=hint) from error
    config["target_host"] = way.address or config.get("target_host") or _LOCAL
    if way.namespace:
        config["namespace"] = way.namespace
    try:
        return await Client.connect(
            **config,
            interceptors=_interceptors(),
            connect_timeout=_PATIENCE,
            runtime=Runtime(telemetry=TelemetryConfig()),  # see `ended`
        )
    except (RuntimeError, OSError, ValueError) as error:
        raise ReconcilerError(
            f"no Temporal server answers at {config['target_host']}",
            hint="name it with --address or TEMPORAL_ADDRESS, and check the TLS settings",
        ) from error


def _interceptors() -> Sequence[Interceptor]:
    """What joins the spans of workflows and activities, wherever they run, if they are observed."""
    tracer = telemetry.tracer()
    if tracer is None:
        return ()
    from temporalio.contrib.opentelemetry import TracingInterceptor  # noqa: PLC0415 - an extra

    return (TracingInterceptor(tracer),)


@contextmanager
def ended() -> Iterator[None]:
    """End the threads of connections that were made in the block.

    A process whose Python ends before them dies by a signal, one in three times. They belong to a
    runtime, which ends when nothing refers to it; the library's own one never does.
    """
    try:
        yield
    finally:
        gc.collect()


@contextmanager
def answered() -> Iterator[None]:
    """Turn failed requests to the server into errors that a person can act on."""
    try:
        yield
    except RPCError as error:
        if error.status == RPCStatusCode.PERMISSION_DENIED:
            raise ReconcilerError("Temporal does not allow this to these credentials") from error
        raise ReconcilerError(
            f"Temporal answered {error.status.name.lower().replace('_', ' ')}",
            hint="are --address and --namespace right?",
        ) from error


class Lines(logging.Handler):
    """Temporal's own warnings as lines, without the trace of an error."""

    def __init__(self, tell: Callable[[str], None]) -> None:
        super().__init__(logging.WARNING)
        self._tell = tell

    def emit(self, record: logging.LogRecord) -> None:
        """Tell a record's message, unless it is about an activity, which has told it already."""
        text = record.getMessage()
        if not text.startswith(_TOLD):
            self._tell(f"temporal: {text}")
