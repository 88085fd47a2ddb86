"""Keys of callers: how they are made, read and compared."""

import logging
import re
from pathlib import Path

import pytest
from pydantic import SecretStr

from service.errors import ConfigurationError
from service.keys import keep_key, make_key, read_keys

PEPPER = SecretStr("a pepper")


def test_a_key_has_256_random_bits_a_version_and_a_checksum() -> None:
    keys = {make_key() for _ in range(100)}
    assert len(keys) == 100
    for key in keys:
        assert re.fullmatch(r"pw1_[A-Za-z0-9_-]{43}[0-9a-f]{8}", key)


@pytest.mark.parametrize("pepper", [None, PEPPER])
@pytest.mark.parametrize("form", ["plain", "stored", "list", "lines", "file", "whole line"])
def test_every_configured_key_opens_and_no_other_one(
    form: str, pepper: SecretStr | None, tmp_path: Path
) -> None:
    one, two, other = make_key(), make_key(), make_key()
    file = tmp_path / "keys"
    kept = keep_key(two, pepper)
    file.write_text(f"# whose they are\n\n{one}  # zoom\r\n{kept} # gong\n", "utf-8")
    configured = {
        "plain": one,
        "stored": keep_key(one, pepper),
        "list": f" {one}, {kept} ,",
        "lines": f"{one}\n{kept}\n",
        "file": str(file),
        "whole line": f"{tmp_path}/line",
    }[form]
    (tmp_path / "line").write_text(f"PROBEWISE_SERVICE_KEYS={keep_key(one, pepper)}\n", "utf-8")
    keys = read_keys(SecretStr(configured), pepper)
    assert keys
    assert keys.admit(one)
    assert keys.admit(two) is (form in {"list", "lines", "file"})
    for wrong in (other, "", one[:-1], one + "x", one.upper(), kept, f"{one},{two}"):
        assert not keys.admit(wrong)


def test_no_key_is_kept_as_it_is() -> None:
    key = make_key()
    assert key not in repr(vars(read_keys(SecretStr(key))))
    assert key[4:47] not in keep_key(key)


def test_a_stored_key_works_under_its_pepper_alone() -> None:
    key = make_key()
    assert not read_keys(SecretStr(keep_key(key, PEPPER))).admit(key)
    assert not read_keys(SecretStr(keep_key(key)), PEPPER).admit(key)


def test_without_the_setting_there_are_no_keys() -> None:
    keys = read_keys(None)
    assert not keys
    assert not keys.admit("")


@pytest.mark.parametrize(
    ("configured", "told"),
    [
        (" , ", "holds no key"),
        ("/run/secrets/probewise", "file that it names is not there"),
        ("secrets/probewise", "file that it names is not there"),
        ("./keys", "file that it names is not there"),
        ("keys.txt", "file that it names is not there"),
        (r"C:\keys", "file that it names is not there"),
        (make_key()[:-1], "key 1 is cut or mistyped"),
        (f"{make_key()},{make_key()[:40]}", "key 2 is cut or mistyped"),
        ("hmac1_abc", "key 1 can't be used"),
        ("schlüssel-mit-umlaut-und-laenge", "key 1 can't be used"),
    ],
    ids=[f"case {n}" for n in range(10)],  # a key is another one in each process of a run
)
def test_what_is_no_key_is_refused_and_not_repeated(configured: str, told: str) -> None:
    with pytest.raises(ConfigurationError, match=told) as refused:
        read_keys(SecretStr(configured))
    assert configured.strip(" ,") == "" or configured not in str(refused.value)


def test_a_file_without_a_key_is_refused(tmp_path: Path) -> None:
    (tmp_path / "keys").write_text("# none yet\n", "utf-8")
    with pytest.raises(ConfigurationError, match="holds no key"):
        read_keys(SecretStr(str(tmp_path / "keys")))


def test_a_short_key_is_warned_of(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING):
        assert read_keys(SecretStr("sesame")).admit("sesame")
    assert "key 1 is so short that it may be guessed" in caplog.text
    assert "sesame" not in caplog.text
