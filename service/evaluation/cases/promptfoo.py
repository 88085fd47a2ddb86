"""Cases as promptfoo tests, each of which asserts the verdict that `POST /v1/grades` replies with.

The format is described on promptfoo's page "Test cases", and was tried with promptfoo 0.123.
"""

import io
import re
from collections.abc import Callable, Iterable, Iterator

from pydantic import Field, ValidationError
from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError
from ruamel.yaml.scalarstring import DoubleQuotedScalarString

from service.escaping import Guard
from service.evaluation.cases.case import Case, CaseError
from service.records import Frozen, first_fault

__all__ = ["read_tests", "write_tests"]

_IN_VARS = ("question_id", "answer")
_ELSEWHERE = ("id", *_IN_VARS)
# promptfoo reads a file, or runs a module, if a text begins so.
_REFERENCE = Guard("file://|package:")
_VERDICT = re.compile(r'output\.verdict === "(\w*)"')


class _Vars(Frozen):
    question_id: str
    answer: str
    question: str | None = None


class _Test(Frozen):
    description: str
    vars: _Vars
    assertions: list[dict[str, object]] = Field(alias="assert", default_factory=list)
    metadata: dict[str, object]


def write_tests(cases: Iterable[Case]) -> str:
    """Write a YAML list of tests, for promptfoo's `tests: file://...`."""
    yaml = YAML(typ="rt")
    yaml.width = 2**31
    stream = io.StringIO()
    yaml.dump([_make_test(case) for case in cases], stream)
    return stream.getvalue()


def read_tests(text: str, file: str) -> Iterator[tuple[str, dict[str, object]]]:
    """Yield the location (file and case) and the content of each case.

    CaseError names the location. Assertions are ignored, except that one on the verdict has to
    agree with the metadata.
    """
    try:
        tests = YAML(typ="safe").load(text)
    except (YAMLError, ValueError, RecursionError) as error:
        raise CaseError(f"{file}: no YAML: {error}") from error
    if not isinstance(tests, list):
        raise CaseError(f"{file}: a promptfoo test file is a list of tests")
    for number, record in enumerate(tests, 1):
        name = record.get("description", number) if isinstance(record, dict) else number
        location = f"{file}: case {name}"
        try:
            test = _Test.model_validate(record)
        except ValidationError as error:
            raise CaseError(
                f"{location}: {first_fault(error)}; a test has description (the case's id), vars, "
                "assert and metadata"
            ) from error
        yield location, _read_test(test, location)


def _make_test(case: Case) -> dict[str, object]:
    content = case.model_dump(mode="json", exclude_defaults=True)
    return {
        "description": _guard(case.id),
        "vars": {name: _guard(content[name]) for name in _IN_VARS},
        "assert": [
            {"type": "is-json"},
            {"type": "javascript", "value": f'output.verdict === "{case.verdict}"'},
        ],
        "metadata": {
            name: _guard(part) for name, part in content.items() if name not in _ELSEWHERE
        },
    }


def _read_test(test: _Test, location: str) -> dict[str, object]:
    if again := sorted(test.metadata.keys() & set(_ELSEWHERE)):
        raise CaseError(
            f"{location}: metadata: {', '.join(again)} stands in description or vars; take it out"
        )
    for assertion in test.assertions:
        asserted = _VERDICT.fullmatch(str(assertion.get("value")))
        if asserted and asserted[1] != test.metadata.get("verdict"):
            raise CaseError(
                f"{location}: assert says {asserted[1]}, metadata.verdict says "
                f"{test.metadata.get('verdict')}; make them agree"
            )
    return {
        **{name: _unguard(part) for name, part in test.metadata.items()},
        **{name: _unguard(getattr(test.vars, name)) for name in _IN_VARS},
        "id": test.description,
    }


def _guard(value: object) -> object:
    """Guard and quote every text, so that each YAML reader takes it for text.

    promptfoo follows references in metadata too, not only in variables.
    """
    return _change_texts(value, lambda text: DoubleQuotedScalarString(_REFERENCE.put(text)))


def _unguard(value: object) -> object:
    return _change_texts(value, _REFERENCE.take_off)


def _change_texts(value: object, change: Callable[[str], str]) -> object:
    """Change every text in the value, the names in its mappings included."""
    if isinstance(value, dict):
        return {_change_texts(n, change): _change_texts(part, change) for n, part in value.items()}
    if isinstance(value, list):
        return [_change_texts(part, change) for part in value]
    return change(value) if isinstance(value, str) else value
