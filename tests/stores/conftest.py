"""Servers of stores, one of each kind for all tests of a worker."""

import json
import os
import random
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path

import httpx
import pytest

from tests.stores.faulty import Faulty

AZURITE = Path(sys.prefix) / "azurite" / "node_modules" / ".bin" / "azurite-blob"
"""Installed by `make nightly`; its account and key are those that every emulator has."""
ACCOUNT = "devstoreaccount1"
KEY = "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw=="
BUCKET = "team-bucket"
KEY_ID, KEY_SECRET = "planted-key-id", "planted-key-secret"
WEED = Path(sys.prefix) / "seaweed" / "bin" / "weed"
"""Installed by `make nightly`."""
SECONDS = 60


@dataclass
class Shop:
    """A server of a store, and how its client finds it; ``url`` is a new place in each test."""

    scheme: str
    port: int
    env: dict[str, str]
    _places: Iterator[int] = field(default_factory=count)

    def url(self) -> str:
        return f"{self.scheme}://{BUCKET}/place-{os.getpid()}-{next(self._places)}"

    def behind(self, faulty: Faulty) -> dict[str, str]:
        """The variables of a client that goes through a proxy."""
        old = f"http://127.0.0.1:{self.port}"
        return {name: value.replace(old, faulty.url) for name, value in self.env.items()}


@pytest.fixture(scope="session")
def s3() -> Iterator[Shop]:
    program = Path(__file__).with_name("s3.py")
    with subprocess.Popen(
        [sys.executable, str(program)], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    ) as process:
        port = int(process.stdout.readline())
        key = {"AWS_ACCESS_KEY_ID": KEY_ID, "AWS_SECRET_ACCESS_KEY": KEY_SECRET}
        signed = "AWS4-HMAC-SHA256 Credential=x/20200101/us-east-1/s3/aws4_request"
        signed += ", SignedHeaders=host, Signature=0"
        url = f"http://127.0.0.1:{port}"
        made = httpx.put(f"{url}/{BUCKET}", headers={"Authorization": signed})
        assert made.status_code == 200, made.text
        yield Shop("s3", port, {**key, "AWS_REGION": "us-east-1", "AWS_ENDPOINT_URL": url})
        process.kill()


@pytest.fixture(scope="session")
def weed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    """SeaweedFS: a store with files behind it, in which a write can take seconds."""
    import boto3  # noqa: PLC0415 - it takes a second

    folder = tmp_path_factory.mktemp("seaweed")
    (folder / "data").mkdir()
    identity = {
        "name": "tests",
        "credentials": [{"accessKey": KEY_ID, "secretKey": KEY_SECRET}],
        "actions": ["Admin", "Read", "Write", "List"],
    }
    (folder / "s3.json").write_text(json.dumps({"identities": [identity]}))
    master, volume, filer, port = low_ports(4)
    ports = [f"-master.port={master}", f"-volume.port={volume}", f"-filer.port={filer}"]
    with subprocess.Popen(
        [
            *(WEED, "server", "-dir=data", "-ip=127.0.0.1", "-ip.bind=127.0.0.1", *ports),
            *("-filer", "-s3", f"-s3.port={port}", "-s3.config=s3.json", "-volume.max=100"),
            "-master.volumeSizeLimitMB=64",
            *("-s3.port.iceberg=0", "-s3.port.lance=0"),
        ],
        cwd=folder,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    ) as process:
        wait_for(port, process)
        url = f"http://127.0.0.1:{port}"
        key = {"AWS_ACCESS_KEY_ID": KEY_ID, "AWS_SECRET_ACCESS_KEY": KEY_SECRET}
        client = boto3.client(
            "s3",
            endpoint_url=url,
            region_name="us-east-1",
            aws_access_key_id=KEY_ID,
            aws_secret_access_key=KEY_SECRET,
        )
        client.create_bucket(Bucket=BUCKET)
        yield Shop("s3", port, {**key, "AWS_REGION": "us-east-1", "AWS_ENDPOINT_URL": url})
        process.kill()


@pytest.fixture(scope="session")
def azure(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    port = free_port()
    words = ["--inMemoryPersistence", "--skipApiVersionCheck", "--silent", "--blobPort", str(port)]
    with subprocess.Popen(
        [AZURITE, *words],
        cwd=tmp_path_factory.mktemp("azurite"),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env={**os.environ, "AZURITE_TELEMETRY": "false"},
    ) as process:
        wait_for(port, process)
        url = f"http://127.0.0.1:{port}/{ACCOUNT}"
        env = {
            "AZURE_STORAGE_ACCOUNT_NAME": ACCOUNT,
            "AZURE_STORAGE_ACCOUNT_KEY": KEY,
            "AZURE_STORAGE_ENDPOINT": url,
        }
        made_container(env)
        yield Shop("az", port, env)
        process.kill()


def made_container(env: dict[str, str]) -> None:
    """Make the container, with a shared access signature made of the well-known key."""
    import base64  # noqa: PLC0415 - only here
    import hashlib  # noqa: PLC0415
    import hmac  # noqa: PLC0415
    from email.utils import formatdate  # noqa: PLC0415

    date, version = formatdate(usegmt=True), "2021-08-06"
    path = f"/{ACCOUNT}/{ACCOUNT}/{BUCKET}"
    signed = f"PUT\n\n\n\n\n\n\n\n\n\n\n\nx-ms-date:{date}\nx-ms-version:{version}\n{path}"
    signed += "\nrestype:container"
    mac = hmac.digest(base64.b64decode(KEY), signed.encode(), hashlib.sha256)
    key = f"SharedKey {ACCOUNT}:{base64.b64encode(mac).decode()}"
    made = httpx.put(
        f"{env['AZURE_STORAGE_ENDPOINT']}/{BUCKET}?restype=container",
        headers={"x-ms-date": date, "x-ms-version": version, "Authorization": key},
    )
    assert made.status_code == 201, made.text


@pytest.fixture
def shop(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Shop:
    """The server that a test names, with its variables in this process."""
    found: Shop = request.getfixturevalue(request.param)
    for name, value in found.env.items():
        monkeypatch.setenv(name, value)
    return found


def free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


def low_ports(count: int) -> list[int]:
    """Free ports; SeaweedFS also listens on each of them plus 10,000."""
    ports = random.sample(range(11_000, 30_000, 10), 40)
    return [one for one in ports if is_free(one) and is_free(one + 10_000)][:count]


def is_free(port: int) -> bool:
    with socket.socket() as one:
        return one.connect_ex(("127.0.0.1", port)) != 0


def wait_for(port: int, process: "subprocess.Popen[bytes]") -> None:
    end = time.monotonic() + SECONDS
    while time.monotonic() < end:
        assert process.poll() is None, f"the server ended with {process.returncode}"
        with socket.socket() as one:
            if one.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    pytest.fail(f"nothing listens on {port} after {SECONDS} s")
