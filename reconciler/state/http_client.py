"""Requests to a server that speaks Terraform's HTTP backend protocol. Uses httpx.

Where credentials go is decided by who runs the tool, never by a file of a repository: to this
machine, to GitLab's host in its own CI, and to the hosts in ``RECONCILER_ALLOWED_HOSTS``.
"""

import re
import time
import weakref
from dataclasses import field
from functools import cached_property
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from reconciler.errors import ReconcilerError
from reconciler.late import dataclass
from reconciler.state.backend import Login
from reconciler.state.store import StoreError
from reconciler.text import foreign, urls

if TYPE_CHECKING:
    import httpx

_SECONDS = 30.0
"""How long an answer may take, and each step of it half of that."""
_MOST = 64 << 20
"""Bytes of a state that are read."""
_FAILURE = 64 << 10
"""Bytes of a failure that are read."""
_SHOWN = 200


@dataclass(frozen=True, kw_only=True)
class Place:
    """The addresses of a state and of its lock, how they are asked, and with which credentials.

    ``missing`` is the variable of a password that is not set.
    """

    address: str
    lock: tuple[str, str]
    unlock: tuple[str, str]
    update: str = "POST"
    username: str = ""
    password: str = field(default="", repr=False)
    missing: str = ""
    allowed: str = ""
    """Hosts that may get the password, beside this machine."""

    @classmethod
    def of(cls, url: str, login: Login) -> "Place":
        """The place behind a URL. Terraform's own variables have precedence over what is usual.

        GitLab and Gitea lock at ``URL/lock`` by POST and DELETE, others at the URL itself by LOCK
        and UNLOCK, as Terraform does if nothing else is said. Source: GitLab's
        ``lib/api/terraform/state.rb``, Terraform's ``backend/remote-state/http``.
        """
        env = login.env
        forge = "/terraform/state/" in urlsplit(url).path
        lock_at = env.get("TF_HTTP_LOCK_ADDRESS") or (f"{url}/lock" if forge else url)
        unlock_at = env.get("TF_HTTP_UNLOCK_ADDRESS") or lock_at
        methods = ("POST", "DELETE") if forge else ("LOCK", "UNLOCK")
        username, password = _credentials(url, login)
        named = (env.get("TF_HTTP_LOCK_ADDRESS", ""), env.get("TF_HTTP_UNLOCK_ADDRESS", ""))
        hosts = (urlsplit(one).hostname or "" for one in named)
        return cls(
            address=url,
            lock=(env.get("TF_HTTP_LOCK_METHOD") or methods[0], lock_at),
            unlock=(env.get("TF_HTTP_UNLOCK_METHOD") or methods[1], unlock_at),
            update=env.get("TF_HTTP_UPDATE_METHOD") or "POST",
            username=username,
            password=password,
            missing=login.password.name if login.password and not login.password.value else "",
            allowed=",".join([env.get(urls.ALLOWED, ""), env.get("CI_SERVER_HOST", ""), *hosts]),
        )


def _credentials(url: str, login: Login) -> tuple[str, str]:
    """The user and the password: of the project, of Terraform's variables, of GitLab's job."""
    env = login.env
    username = login.username or env.get("TF_HTTP_USERNAME", "")
    password = login.password.value if login.password else env.get("TF_HTTP_PASSWORD", "")
    if not (login.password or password) and urlsplit(url).hostname == env.get("CI_SERVER_HOST"):
        username, password = "gitlab-ci-token", env.get("CI_JOB_TOKEN", "")
    return (username or "reconciler") if password else "", password or ""


@dataclass(frozen=True, kw_only=True)
class Answer:
    """The status of an answer, and its text."""

    status: int
    text: str = ""

    @property
    def is_done(self) -> bool:
        """Whether the server did what it was asked for."""
        return 200 <= self.status < 300

    @property
    def is_passing(self) -> bool:
        """Whether another try may help, and what became of this one is not known."""
        return self.status in (408, 425, 429) or self.status >= 500


class HttpClient:
    """Sends requests with the credentials of a place, if its host may get them."""

    def __init__(self, place: Place) -> None:
        self.place = place

    def ask(self, method: str, url: str, body: str = "", **query: str) -> Answer:
        """Send a request. Raises StoreError without an answer: what became of it is not known."""
        import httpx  # noqa: PLC0415 - takes long

        content, headers = (body.encode(), _JSON) if body else (None, None)
        try:
            request = self._http.build_request(
                method, url, params=query or None, content=content, headers=headers
            )
            return self._answer(self._http.send(request, stream=True))
        except (httpx.HTTPError, httpx.InvalidURL, UnicodeError, OSError) as error:
            raise self.away(_reason(error)) from None

    def away(self, why: str) -> StoreError:
        """The error for a server that does not answer, or not as it should."""
        return StoreError(
            f"the state at {self.place.address} cannot be used: {self.clean(why)}",
            hint="check the address, and the network from here",
        )

    def clean(self, text: str) -> str:
        """A server's text without the password, on one line."""
        return foreign.told(" ".join(text.split()), [self.place.password], _SHOWN)

    @cached_property
    def _http(self) -> "httpx.Client":
        """The client; refuses to send credentials to a host that nobody allowed."""
        import httpx  # noqa: PLC0415 - as above

        place = self.place
        for url in (place.address, place.lock[1], place.unlock[1]):
            self._check(url)
        try:
            http = httpx.Client(
                auth=(place.username, place.password) if place.password else None,
                timeout=_SECONDS / 2,
                follow_redirects=False,
                headers={"Accept-Encoding": "identity"},
                verify=place.address.startswith("https"),
                mounts={"http://": None},  # only to this machine: a proxy would read the password
            )
        except (OSError, ImportError, ValueError, httpx.InvalidURL) as error:
            raise ReconcilerError(
                f"no connection to the state can be set up: {type(error).__name__}",
                hint="look at SSL_CERT_FILE and HTTPS_PROXY",
            ) from error
        weakref.finalize(self, http.close)
        return http

    def _check(self, url: str) -> None:
        address = urls.parts(url)
        if address is None or urls.in_clear(address):
            raise ReconcilerError(
                "the state's address must be https, without a user, a query or blanks",
                hint="only this machine may be asked by http; look at `state.url` and TF_HTTP_*",
            )
        if self.place.password and not urls.is_named(address, self.place.allowed):
            host = address.hostname or ""
            raise ReconcilerError(
                f"the state's password would be sent to a host that is not allowed: {host}",
                hint=f"to trust it, set {urls.ALLOWED}={host} where the tool runs, never in a "
                "file of the repository; GitLab's own host is trusted in its CI",
            )

    def _answer(self, response: "httpx.Response") -> Answer:
        """The answer, read up to its bounds."""
        most = _MOST if response.is_success else _FAILURE
        end, body = time.monotonic() + _SECONDS, bytearray()
        try:
            if response.headers.get("content-encoding", "identity").lower() != "identity":
                raise self.away("the answer has an encoding that was not asked for")
            for part in response.iter_raw():
                body += part
                if len(body) > most and response.is_success:
                    raise self.away(f"an answer of more than {most >> 20} MB is not read")
                if len(body) > most:
                    break
                if time.monotonic() > end:
                    raise self.away(f"no whole answer within {_SECONDS:g} seconds")
        finally:
            response.close()
        return Answer(status=response.status_code, text=body[:most].decode(errors="replace"))


_JSON = {"Content-Type": "application/json"}


def _reason(error: Exception) -> str:
    """The reason in an error of the connection, without the system's number.

    >>> _reason(OSError("[Errno 111] Connection refused"))
    'Connection refused'
    """
    return re.sub(r"^\[Errno -?\d+\] ", "", str(error)) or type(error).__name__
