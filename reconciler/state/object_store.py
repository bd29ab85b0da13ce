"""A store in a bucket of S3, Azure or Google. Only this module imports obstore.

Credentials, region and endpoint come from the environment, under the names that the clouds' own
tools use (``AWS_*``, ``AZURE_*``, ``GOOGLE_*``). Writes are conditional: ``If-None-Match: *`` for a
new object, ``If-Match`` for another. S3 has both since November 2024.
"""

import os
import re
from collections.abc import Iterator
from datetime import timedelta
from functools import cached_property
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from reconciler.errors import ReconcilerError
from reconciler.state.backend import MovedError
from reconciler.state.store import Stored, StoreError
from reconciler.text import urls

if TYPE_CHECKING:
    from obstore.store import ClientConfig, ObjectStore, RetryConfig

SCHEMES = ("s3", "az", "gs")

_SECONDS = 15
"""How long one request may take."""
_RETRY: "RetryConfig" = {"max_retries": 3, "retry_timeout": timedelta(seconds=30)}
"""Without it obstore repeats a request for three minutes."""
_ENDPOINTS = ("AWS_ENDPOINT_URL", "AWS_ENDPOINT", "AZURE_STORAGE_ENDPOINT", "AZURE_ENDPOINT")
_ABSENT = r"<Code>(NoSuchBucket|ContainerNotFound)</Code>"
_FIRST = {
    "s3": "AWS_ACCESS_KEY_ID",
    "az": "AZURE_STORAGE_ACCOUNT_NAME",
    "gs": "GOOGLE_SERVICE_ACCOUNT",
}
"""The variable that most people set for each scheme."""
_CLOCK = "clock"


class Bucket:
    """The objects below a URL such as ``s3://bucket/prefix``."""

    def __init__(self, url: str) -> None:
        self.name = url

    @cached_property
    def _store(self) -> "ObjectStore":
        return _opened(self.name)

    def get(self, key: str) -> Stored | None:
        """See ``Store.get``."""
        import obstore  # noqa: PLC0415 - an extra

        try:
            found = obstore.get(self._store, key)
            text = bytes(found.bytes()).decode(errors="replace")
        except FileNotFoundError as error:
            self._refuse_absent(error)
            return None
        except _errors() as error:
            raise self._away(error) from None
        return Stored(text=text, tag=_tag(found.meta), at=found.meta["last_modified"].timestamp())

    def put(self, key: str, text: str, tag: str | None) -> str:
        """See ``Store.put``."""
        import obstore  # noqa: PLC0415 - as above
        from obstore.exceptions import AlreadyExistsError, PreconditionError  # noqa: PLC0415

        # `version` must be absent, not None: obstore refuses what it returns itself
        mode: Any = "create" if tag is None else {"e_tag": tag}
        try:
            return _tag(obstore.put(self._store, key, text.encode(), mode=mode))
        except (AlreadyExistsError, PreconditionError, FileNotFoundError) as error:
            self._refuse_absent(error)
            raise MovedError from None  # not found: it was there, and somebody deleted it
        except _errors() as error:
            raise self._away(error) from None

    def keys(self, folder: str) -> list[str]:
        """See ``Store.keys``."""
        import obstore  # noqa: PLC0415 - as above

        try:
            found = [meta for part in obstore.list(self._store, f"{folder}/") for meta in part]
        except _errors() as error:
            raise self._away(error) from None
        return sorted(str(meta["path"]) for meta in found)

    def now(self) -> float:
        """When the store says that it wrote something just now."""
        import obstore  # noqa: PLC0415 - as above

        try:
            obstore.put(self._store, _CLOCK, b"")
            return obstore.head(self._store, _CLOCK)["last_modified"].timestamp()
        except _errors() as error:
            raise self._away(error) from None

    def earlier(self, _key: str) -> Iterator[str]:
        """Nothing: what a bucket keeps of former versions is the bucket's own."""
        yield from ()

    def _refuse_absent(self, error: Exception) -> None:
        """Raise if not the object is missing, but what it would be in: it is no empty state."""
        if re.search(_ABSENT, str(error)):
            raise StoreError(
                f"the state store {self.name} cannot be used: there is no such bucket",
                hint="check its name in `state`, or create it",
            )

    def _away(self, error: Exception) -> StoreError:
        """The error for a request that failed, without what the server wrote around the reason."""
        return StoreError(
            f"the state store {self.name} cannot be used: {_reason(error)}",
            hint="check the URL in `state`, the network, and the credentials"
            + _credentials(self.name),
        )


def _opened(url: str) -> "ObjectStore":
    try:
        from obstore.store import from_url  # noqa: PLC0415 - an extra
    except ModuleNotFoundError as error:
        raise ReconcilerError(
            f"{url} needs the package {error.name}, which is not installed",
            hint="install hamsa-reconciler[store]",
        ) from error
    client: ClientConfig = {"timeout": timedelta(seconds=_SECONDS), "allow_http": _is_local()}
    try:
        return from_url(url, client_options=client, retry_config=_RETRY)
    except _errors() as error:
        raise StoreError(
            f"the state store {url} cannot be opened: {_reason(error)}",
            hint="the URL is s3://BUCKET/PREFIX, az://CONTAINER/PREFIX or gs://BUCKET/PREFIX",
        ) from None


def _credentials(url: str) -> str:
    """Where credentials come from, and whether they are there."""
    name = _FIRST[urlsplit(url).scheme]
    return "" if os.environ.get(name) else f" ({name} is not set)"


def _is_local() -> bool:
    """Whether the environment names an endpoint of this machine, as tests do."""
    found = [urlsplit(os.environ[name]) for name in _ENDPOINTS if os.environ.get(name)]
    return any(one.scheme == "http" and not urls.in_clear(one) for one in found)


def _errors() -> tuple[type[Exception], ...]:
    """What obstore raises. A wrong URL is a ValueError, some settings a TypeError."""
    from obstore.exceptions import BaseError  # noqa: PLC0415 - an extra

    return (BaseError, OSError, ValueError, TypeError)


def _tag(meta: Any) -> str:
    return str(meta["e_tag"] or "")


def _reason(error: Exception) -> str:
    r"""The reason in an error of obstore: one line, without addresses, which may hold a signature.

    >>> _reason(Exception("Generic S3 error: Error performing GET http://h/b?sig=k in 1ms - x: y"))
    'x: y'
    >>> _reason(Exception("Generic S3 error: no region\n\nDebug source: …"))
    'no region'
    """
    first = (str(error).splitlines() or [""])[0]
    first = re.sub(r"^Generic \w+ error: ", "", first)
    first = re.sub(r".*Error performing \w+ \S+ in .*? +- ", "", first)
    first = re.sub(r"\w+://\S+", "…", first)
    code = re.search(r"<Code>(\w+)</Code>", str(error))
    return f"{first.partition('<')[0].rstrip(' :')}{f' ({code[1]})' if code else ''}"[:200]
