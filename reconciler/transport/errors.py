"""Why a request failed, from the system's error below the client's. No IO."""

import os
import socket
import ssl
from collections.abc import Iterator


def chain(error: BaseException) -> Iterator[BaseException]:
    """An error and its causes, including those of a group."""
    yield error
    if isinstance(error, BaseExceptionGroup):
        for inner in error.exceptions:
            yield from chain(inner)
    below = error.__cause__ or error.__context__
    if below is not None:
        yield from chain(below)


def is_name(error: BaseException) -> bool:
    """Whether the name of a host could not be resolved."""
    return any(isinstance(one, socket.gaierror) for one in chain(error))


def reason(error: BaseException) -> str:
    """The system's reason for a failure."""
    for one in chain(error):
        if isinstance(one, ssl.SSLCertVerificationError):
            return one.verify_message
        if isinstance(one, socket.gaierror | ssl.SSLError) and one.strerror:
            return one.strerror
        if isinstance(one, OSError) and one.errno:  # asyncio puts the address in its own text
            return os.strerror(one.errno)
    return str(error) or type(error).__name__


def in_words(error: BaseException) -> str:
    """A failed request in words, without the system's error numbers."""
    if is_name(error):
        return "the name of the host is not known"
    return str(error) or type(error).__name__
