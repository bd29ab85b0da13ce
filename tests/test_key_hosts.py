"""A key is sent only to its own host: a file of the repository cannot send it anywhere else."""

import socket
import threading

import pytest

from tests.projects import Project

pytestmark = pytest.mark.cli

KEY = "planted-key-0123456789"
STRANGE = (
    "https://evil.example",
    "https://tryhamsa.com.evil.example",
    "https://eviltryhamsa.com",
    "https://api.tryhamsa.com.evil.example/v1",
    "https://10.0.0.7",
    "https://[2001:db8::1]",
    "https://localhost.evil.example",
    "https://127.0.0.1.evil.example",
    "https://2130706433",
    "https://api.tryhamsa.com@evil.example",
    "https://evil.example/?api.tryhamsa.com",
    "http://api.tryhamsa.com",
    "https://tryhamsa.com\\@evil.example",
)


def written(project: Project, url: str) -> None:
    project.write(
        "reconciler.yaml",
        f"environments:\n  live: {{ url: '{url}', api_key: {{ $secret: HAMSA_API_KEY }} }}\n",
    )
    project.agent("desk", {"agentName": "Desk"})
    project.env["HAMSA_API_KEY"] = KEY


@pytest.mark.parametrize("url", STRANGE)
@pytest.mark.parametrize("command", ["plan", "apply --yes", "drift", "import --all", "doctor"])
def test_a_strange_host_gets_no_key(project: Project, url: str, command: str) -> None:
    written(project, url)
    done = project.run(*command.split())
    assert done.code == 1
    assert KEY not in done.out + done.err
    assert "reconciler.yaml" in done.err + done.out


def test_the_message_says_who_can_allow_it_and_where(project: Project) -> None:
    written(project, "https://proxy.example")
    done = project.run("plan")
    assert done.err.startswith(
        "error: `url` would send the API key to a host that is not allowed\n"
        "  reconciler.yaml:2  environments.live.url\n"
        "  found: proxy.example\n"
        "  allowed: hosts of tryhamsa.com, this machine, and those that RECONCILER_ALLOWED_HOSTS "
        "names\n"
        "  hint: to trust it, set RECONCILER_ALLOWED_HOSTS=proxy.example where the tool runs "
        "(in CI as a variable of the forge), never in a file of the repository\n"
    )
    assert project.run("validate").code == 0  # which sends nothing


OWNERS = (
    ("RECONCILER_ALLOWED_HOSTS", "proxy.invalid"),
    ("RECONCILER_ALLOWED_HOSTS", "a.example, Proxy.Invalid b"),
    ("HAMSA_BASE_URL", "https://proxy.invalid/v1"),
)


@pytest.mark.parametrize(("name", "value"), OWNERS)
def test_the_owner_of_the_environment_allows_it(project: Project, name: str, value: str) -> None:
    written(project, "https://proxy.invalid")
    project.env[name] = value
    done = project.run("plan")
    assert "nobody has allowed" not in done.err
    assert "proxy.invalid" in done.err  # it sent the request, and there is no such host


def test_a_redirect_to_another_host_is_not_followed_with_the_key(project: Project) -> None:
    heard: list[bytes] = []
    with (
        socket.create_server(("127.0.0.1", 0)) as first,
        socket.create_server(("127.0.0.1", 0)) as second,
    ):
        port = second.getsockname()[1]
        answer = (
            f"HTTP/1.1 307 x\r\nLocation: http://127.0.0.1:{port}/\r\nContent-Length: 0\r\n\r\n"
        )

        def serve() -> None:
            while True:
                try:
                    connection, _ = first.accept()
                except OSError:
                    return
                with connection:
                    heard.append(connection.recv(65536))
                    connection.sendall(answer.encode())

        threading.Thread(target=serve, daemon=True).start()
        second.settimeout(0.2)
        written(project, f"http://127.0.0.1:{first.getsockname()[1]}")
        done = project.run("plan")
        assert done.code == 1
        assert KEY.encode() in heard[0]
        with pytest.raises(TimeoutError):
            second.accept()
        first.shutdown(socket.SHUT_RDWR)
