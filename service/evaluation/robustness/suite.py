"""The file of the robustness suite: texts to put into answers, and words that are misheard."""

import hashlib
from collections.abc import Iterable
from functools import cached_property
from pathlib import Path
from typing import Annotated, Any, TypeVar

from pydantic import AfterValidator, Field, ValidationError
from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError

from service.errors import ProbewiseError
from service.evaluation.robustness.speech import is_protected
from service.judging.models import Verdict
from service.records import Frozen

__all__ = [
    "Fillers",
    "Instruction",
    "Suite",
    "SuiteError",
    "Wording",
    "find_suite_file",
    "read_suite",
]

_BUILT_IN = Path(__file__).parents[2] / "_data" / "robustness.yaml"
_W = TypeVar("_W", bound="Wording")


class SuiteError(ProbewiseError):
    """A suite's file can't be used; names the file, the line if known, and what to change."""


def _check_names(wordings: tuple[_W, ...]) -> tuple[_W, ...]:
    names = [wording.name for wording in wordings]
    for name in names:
        if names.count(name) > 1:
            raise ValueError(f"two are called {name}; rename one")
    return wordings


def _check_unprotected(words: str) -> str:
    for word in words.split():
        if is_protected(word):
            raise ValueError(f"{word!r} is a number or a negation, which noise must leave alone")
    return words


def _check_heard(heard: dict[str, tuple[str, ...]]) -> dict[str, tuple[str, ...]]:
    for words, forms in heard.items():
        if words.casefold() in {form.casefold() for form in forms}:
            raise ValueError(f"{words!r} is heard as itself; take that form out")
    return heard


def _check_quotation(text: str) -> str:
    if "{signal}" not in text and "{signals}" not in text:
        raise ValueError("say where the signals go with {signal} or {signals}")
    return text


def _check_denial(text: str) -> str:
    if text.count("{answer}") != 1:
        raise ValueError("say once where the answer goes with {answer}")
    return text


Text = Annotated[str, Field(min_length=1, pattern=r"\S")]
Spoken = Annotated[Text, AfterValidator(_check_unprotected)]
Words = Annotated[tuple[Spoken, ...], Field(min_length=1)]
Heard = Annotated[dict[Spoken, Words], Field(min_length=1), AfterValidator(_check_heard)]


class Wording(Frozen):
    """A text with a name."""

    name: Annotated[str, Field(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$")]
    text: Text


class Instruction(Wording):
    """An instruction to the grader, and the verdict that it tries to get."""

    wants: Verdict


class Quotation(Wording):
    """Someone else's words about the question: `{signal}` is a good signal, `{signals}` are all."""

    text: Annotated[Text, AfterValidator(_check_quotation)]


class Denial(Wording):
    """Words around an answer that take it back: `{answer}` is the answer."""

    text: Annotated[Text, AfterValidator(_check_denial)]


class Fillers(Frozen):
    """Things a speaker says while thinking: between words, before sentences, and twice."""

    anywhere: Words
    openers: Words
    repeated: Words


class Suite(Frozen):
    """The content of evals/robustness.yaml; names are unique in each list."""

    @cached_property
    def digest(self) -> str:
        """A digest that changes with any text of the suite; 12 hexadecimal digits."""
        return hashlib.sha256(self.model_dump_json().encode()).hexdigest()[:12]

    instructions: Annotated[
        tuple[Instruction, ...], Field(min_length=1), AfterValidator(_check_names)
    ]
    quotations: Annotated[tuple[Quotation, ...], Field(min_length=1), AfterValidator(_check_names)]
    mishearings: Heard
    sound_alikes: Heard
    dropped_words: Words
    fillers: Fillers
    padding: Annotated[tuple[Wording, ...], Field(min_length=1), AfterValidator(_check_names)]
    additions: Annotated[tuple[Wording, ...], Field(min_length=1), AfterValidator(_check_names)]
    negations: Annotated[tuple[Wording, ...], Field(min_length=1), AfterValidator(_check_names)]
    denials: Annotated[tuple[Denial, ...], Field(min_length=1), AfterValidator(_check_names)]
    contentless: Annotated[tuple[Wording, ...], Field(min_length=1), AfterValidator(_check_names)]


def find_suite_file(own: Path = Path("evals/robustness.yaml")) -> Path:
    """Return a repository's own suite if it has one, else the one that the package brings."""
    return own if own.exists() else _BUILT_IN


def read_suite(path: Path) -> Suite:
    """Read the suite of a YAML file; SuiteError names the file, the line and the fault."""
    try:
        text = path.read_text("utf-8-sig")
        content = YAML(typ="safe").load(text)
    except MarkedYAMLError as error:
        line = f"{error.problem_mark.line + 1}:" if error.problem_mark else ""
        raise SuiteError(f"{path}:{line} not YAML: {error.problem}") from error
    except (OSError, UnicodeDecodeError, YAMLError, ValueError) as error:
        raise SuiteError(f"{path}: can't be read: {error}") from error
    try:
        return Suite.model_validate(content)
    except ValidationError as error:
        fault = error.errors(include_url=False)[0]
        where = "".join(f"{step}: " for step in fault["loc"] if step != "[key]")
        reason = fault["msg"].removeprefix("Value error, ")
        raise SuiteError(f"{path}:{_find_line(text, fault['loc'])}: {where}{reason}") from error


def _find_line(text: str, path: Iterable[int | str]) -> int:
    """Find the line of the deepest node on the path that the file has."""
    node: Any = YAML(typ="rt").load(text)
    line = 0
    for step in path:
        try:
            line = node.lc.data[step][0]
            node = node[step]
        except (AttributeError, KeyError, IndexError, TypeError):
            break
    return line + 1
