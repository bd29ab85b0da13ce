"""Whether a run is observed: by the variables that OpenTelemetry's SDKs share."""

from collections.abc import Iterator
from contextlib import contextmanager

from reconciler.cli.world import World

_ENDPOINTS = (
    "OTEL_EXPORTER_OTLP_ENDPOINT",
    "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT",
    "OTEL_EXPORTER_OTLP_METRICS_ENDPOINT",
)
_PROTOCOL = "OTEL_EXPORTER_OTLP_PROTOCOL"
_SPOKEN = ("", "http/protobuf")


@contextmanager
def observed(world: World) -> Iterator[None]:
    """Send traces and metrics of a block if the environment names a collector.

    A run does not fail for want of an observer: whatever is missing is one warning.
    """

    def tell(text: str) -> None:
        world.stderr.write(f"warning: {text}\n")

    off = world.env.get("OTEL_SDK_DISABLED", "").lower() == "true"
    if off or not any(world.env.get(name) for name in _ENDPOINTS):
        yield
        return
    if world.env.get(_PROTOCOL, "") not in _SPOKEN:
        tell(f"no traces and metrics are sent: {_PROTOCOL} must be {_SPOKEN[-1]}")
        yield
        return
    try:
        from reconciler.telemetry import otlp  # noqa: PLC0415 - it may not be installed
    except ModuleNotFoundError as error:
        from reconciler.cli import installed  # noqa: PLC0415 - reads metadata of packages

        tell(
            f"no traces and metrics are sent: the package {error.name} is not installed; "
            f"{installed.adding('otel')}"
        )
        yield
        return
    with otlp.observing(world.env, tell):
        yield
