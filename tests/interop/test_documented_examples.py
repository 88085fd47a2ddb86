"""docs/interoperability.md does what it says: every example runs, and prints what it claims."""

import asyncio
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parent.parent.parent
PAGE = (ROOT / "docs" / "interoperability.md").read_text("utf-8")
START, *SECTIONS = PAGE.split("\n## ")
EXAMPLES = {
    section.partition("\n")[0]: block
    for section in SECTIONS
    for block in re.findall(r"```python\n(.*?)```", section, re.DOTALL)
}


@pytest.fixture
def namespace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[dict[str, Any]]:
    """What the start of the page leaves behind, with the embedded judge, beside the golden set."""
    for name in ("PROBEWISE_JUDGE", "PROBEWISE_API_KEY", "PROBEWISE_BASE_URL"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.replace("PROBEWISE", "OPENAI"), raising=False)
    (tmp_path / "evals").symlink_to(ROOT / "evals")
    names: dict[str, Any] = {}
    [start] = re.findall(r"```python\n(.*?)```", START, re.DOTALL)
    execute(start, names)
    yield names
    asyncio.run(names["judge"].aclose())


def execute(block: str, names: dict[str, Any]) -> None:
    exec(compile(block, "interoperability.md", "exec"), names)  # noqa: S102  # our own page


def test_every_framework_and_format_has_an_example() -> None:
    assert list(EXAMPLES) == [
        "LangSmith",
        "openevals",
        "Pydantic Evals",
        "MLflow",
        "Cases in other formats",
    ]


@pytest.mark.filterwarnings("ignore:'upload_results' parameter is in beta")
@pytest.mark.filterwarnings("ignore:.*Any type hint is inferred as AnyType")
@pytest.mark.filterwarnings("ignore:Starting with pandas version 4.0")
@pytest.mark.filterwarnings("ignore:The ``noload`` loader strategy is deprecated")
@pytest.mark.parametrize("title", EXAMPLES)
def test_an_example_prints_what_it_claims(
    title: str, namespace: dict[str, Any], capsys: pytest.CaptureFixture[str]
) -> None:
    claims = re.findall(r"print\(.*\)  # (.+)", EXAMPLES[title])
    execute(EXAMPLES[title], namespace)
    printed = iter(capsys.readouterr().out.splitlines())
    assert claims
    assert [claim for claim in claims if claim not in printed] == []  # in this order
