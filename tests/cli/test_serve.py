"""`probewise serve` keeps strangers out, and `probewise keys new` makes what lets callers in."""

import re
import socket
from pathlib import Path

import httpx2
import pytest

from tests.api.served import served
from tests.cli.conftest import Probewise

pytestmark = pytest.mark.slow

ADDRESSES = ["0.0.0.0", "::", "", "0", "192.0.2.7", "grader.invalid"]  # noqa: S104 - refused


@pytest.fixture(autouse=True)
def _as_if_nothing_were_set(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("SERVICE_KEYS", "SERVICE_PEPPER", "INSECURE", "ALLOWED_HOSTS"):
        monkeypatch.delenv(f"PROBEWISE_{name}", raising=False)


@pytest.mark.parametrize("address", ADDRESSES)
def test_other_machines_are_not_served_without_keys(probewise: Probewise, address: str) -> None:
    ran = probewise("serve", "--host", address)
    assert (ran.code, ran.out) == (2, "")
    for way in ("probewise keys new", "PROBEWISE_SERVICE_KEYS", "--insecure"):
        assert way in ran.err
    assert list(Path().iterdir()) == []


def test_keys_that_can_not_be_used_are_told_before_anything_starts(
    probewise: Probewise, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PROBEWISE_SERVICE_KEYS", "/nowhere/keys")
    ran = probewise("serve")
    assert ran.code == 2
    assert "PROBEWISE_SERVICE_KEYS: the file that it names is not there" in ran.err


@pytest.mark.parametrize("pepper", ["", "a pepper"])
def test_a_new_key_is_shown_with_the_line_that_lets_it_in(
    probewise: Probewise, monkeypatch: pytest.MonkeyPatch, pepper: str
) -> None:
    from service.keys import read_keys
    from service.settings import read_settings

    monkeypatch.setenv("PROBEWISE_SERVICE_PEPPER", pepper)
    ran = probewise("keys", "new")
    assert (ran.code, ran.err) == (0, "")
    assert list(Path().iterdir()) == []
    key = re.search(r"^pw1_\S{51}$", ran.out, re.MULTILINE)
    line = re.search(r"^PROBEWISE_SERVICE_KEYS=(\S+)$", ran.out, re.MULTILINE)
    assert key and line
    assert key[0] not in line[0]
    monkeypatch.setenv("PROBEWISE_SERVICE_KEYS", line[1])
    settings = read_settings()
    assert read_keys(settings.service_keys, settings.service_pepper).admit(key[0])
    assert probewise("keys", "new").out != ran.out


def test_loopback_is_served_without_keys(tmp_path: Path) -> None:
    with served(tmp_path) as server:
        assert httpx2.get(f"{server.url}/v1/engagements").status_code == 200


def test_insecure_serves_every_address_and_says_so(tmp_path: Path) -> None:
    own = _own_address()
    with served(tmp_path, "--host", "0.0.0.0", "--insecure") as server:  # noqa: S104 - said to be
        url = f"http://{own}:{server.port}/v1/engagements"
        if own:
            with httpx2.Client(trust_env=False) as client:
                assert client.get(url).status_code == 200
        assert "can read and send everything" in server.log.read_text("utf-8")


def test_a_stranger_on_another_address_gets_401_and_a_bearer_what_they_ask(
    tmp_path: Path, probewise: Probewise
) -> None:
    shown = probewise("keys", "new").out
    key, kept = shown.split()[shown.split().index("request:") + 1], shown.split("=")[-1].strip()
    file = tmp_path / "keys"
    file.write_text(f"{kept}  # a tool\n", "utf-8")
    host = _own_address() or "127.0.0.1"
    with (
        served(tmp_path, "--host", "0.0.0.0", PROBEWISE_SERVICE_KEYS=str(file)) as server,  # noqa: S104 - behind a key
        httpx2.Client(base_url=f"http://{host}:{server.port}", trust_env=False) as client,
    ):
        for path in ("/v1/engagements", "/docs", "/openapi.json", "/nope"):
            assert client.get(path).status_code == 401
        assert client.get("/livez").status_code == 200
        bearer = {"authorization": f"Bearer {key}"}
        assert client.get("/v1/engagements", headers=bearer).status_code == 200
        evil = bearer | {"host": "evil.example"}
        assert client.get("/v1/engagements", headers=evil).status_code == 421


def _own_address() -> str:
    """Return the address by which other machines reach this one; empty if there is none."""
    try:
        found = socket.getaddrinfo(socket.gethostname(), None, socket.AF_INET)
    except OSError:
        return ""
    addresses = {str(entry[4][0]) for entry in found}
    return next((each for each in sorted(addresses) if not each.startswith("127.")), "")
