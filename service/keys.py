"""Keys of callers: shown once, kept as HMACs, compared in constant time."""

import binascii
import hashlib
import hmac
import logging
import re
import secrets
from collections.abc import Iterable, Iterator
from pathlib import Path

from pydantic import SecretStr

from service.errors import ConfigurationError

__all__ = ["Keys", "keep_key", "make_key", "read_keys"]

_log = logging.getLogger(__name__)

_NAME = "PROBEWISE_SERVICE_KEYS"
_MAKE = "make one with `probewise keys new`"
_PREFIX = "pw1_"  # the version of a key's form, by which scanners of leaked secrets know it
_KEPT = "hmac1_"
_SHORT = 24  # characters; below it a key may be guessed
_IS_KEPT = re.compile(rf"{_KEPT}[0-9a-f]{{64}}")
# RFC 6750, section 2.1, without the slash, which says that a file is meant.
_IS_BEARER = re.compile(r"[A-Za-z0-9._~+-]+=*")
_LOOKS_LIKE_A_FILE = re.compile(r"[.~]|.*[/\\]|.*\.[A-Za-z]{1,5}$")
# HMAC needs a key. A made key has 256 random bits, so this one need not be secret.
_NO_PEPPER = "probewise"


class Keys:
    """The keys that open the service; none of them is in memory, only their HMACs are."""

    def __init__(self, kept: Iterable[str], pepper: SecretStr | None = None) -> None:
        """`kept` are the keys as `keep_key` returns them with this pepper."""
        self._kept = tuple(kept)
        self._pepper = pepper

    def __bool__(self) -> bool:
        return bool(self._kept)

    def admit(self, key: str) -> bool:
        """Tell whether the key is one of these, in a time that depends only on their number."""
        given = keep_key(key, self._pepper)
        # Every key is compared, also after one that is equal.
        return sum(hmac.compare_digest(given, kept) for kept in self._kept) > 0


def make_key() -> str:
    """Make a key of 256 random bits, with the version of its form and a checksum."""
    secret = secrets.token_urlsafe(32)
    return f"{_PREFIX}{secret}{_checksum(secret)}"


def keep_key(key: str, pepper: SecretStr | None = None) -> str:
    """Return the key's HMAC-SHA256 under the pepper, as it may be stored."""
    secret = (pepper.get_secret_value() if pepper else _NO_PEPPER).encode()
    return _KEPT + hmac.new(secret, key.encode(), hashlib.sha256).hexdigest()


def read_keys(configured: SecretStr | None, pepper: SecretStr | None = None) -> Keys:
    """Read the keys: a list with commas, or the name of a file that has one a line.

    A key is there as `keep_key` returns it, or plain. In a file, what follows `#` is a comment.
    No key is configured if it is None. Raises ConfigurationError, which repeats no key, if a list
    or file has none, or one that can't be used.
    """
    if configured is None:
        return Keys(())
    names = configured.get_secret_value()
    kept = [_keep(key, number, pepper) for number, key in enumerate(_find_keys(names), 1)]
    if not kept:
        raise ConfigurationError(f"{_NAME} holds no key; {_MAKE}")
    return Keys(kept, pepper)


def _find_keys(configured: str) -> Iterator[str]:
    name = configured.strip()
    # A missing file's name must not become a key that anyone can guess.
    if not _is_file(name):
        if _LOOKS_LIKE_A_FILE.match(name) and "," not in name:
            # Not repeated, as it may be a key after all.
            raise ConfigurationError(f"{_NAME}: the file that it names is not there")
        yield from (key for key in re.split(r"[,\s]+", name) if key)
        return
    try:
        text = Path(name).read_text("utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigurationError(
            f"{_NAME}: the file {name} can't be read ({type(error).__name__})"
        ) from None
    lines = (line.partition("#")[0].strip() for line in text.splitlines())
    # The line that `probewise keys new` shows may be in the file as a whole.
    yield from (line.removeprefix(f"{_NAME}=") for line in lines if line)


def _is_file(name: str) -> bool:
    try:
        return Path(name).is_file()
    except (OSError, ValueError):  # a list of keys may be too long for a name
        return False


def _keep(key: str, number: int, pepper: SecretStr | None) -> str:
    if _IS_KEPT.fullmatch(key):
        return key
    if key.startswith(_KEPT) or not _IS_BEARER.fullmatch(key):
        raise ConfigurationError(f"{_NAME}: key {number} can't be used; {_MAKE}")
    if key.startswith(_PREFIX) and not _is_whole(key):
        raise ConfigurationError(f"{_NAME}: key {number} is cut or mistyped; {_MAKE}")
    if len(key) < _SHORT:
        _log.warning("%s: key %d is so short that it may be guessed; %s", _NAME, number, _MAKE)
    return keep_key(key, pepper)


def _is_whole(key: str) -> bool:
    secret = key.removeprefix(_PREFIX)
    return _checksum(secret[:-8]) == secret[-8:]


def _checksum(secret: str) -> str:
    return f"{binascii.crc32(secret.encode()):08x}"
