import shutil
from pathlib import Path

import pytest

from service.errors import ConfigurationError
from service.evaluation.cases.golden import Selection, read_golden_folder, select_cases
from service.judging.embedded.onnx_model import BUILT_IN
from service.settings import Settings
from service.wiring import Parts

SERVER = "http://127.0.0.1:9/v1"
CASES = select_cases(read_golden_folder(Path("evals/golden")), Selection(split="dev"))[:1]


def test_a_prompt_that_does_not_grade_is_refused() -> None:
    settings = Settings(judge="llm", base_url=SERVER, prompt="assign@1")
    with pytest.raises(ConfigurationError, match="PROBEWISE_PROMPT"):
        _ = Parts(settings).judge


@pytest.mark.parametrize(
    ("settings", "name"),
    [
        (Settings(judge="embedded"), "EmbeddedAssigner"),
        (Settings(judge="embedded", base_url=SERVER), "EmbeddedAssigner"),
        (Settings(judge="llm", base_url=SERVER), "FallbackAssigner"),
        (Settings(judge="cascade", base_url=SERVER), "FallbackAssigner"),
        (Settings(judge="llm", base_url=SERVER, fallback="none"), "LLMAssigner"),
        (Settings(judge="cascade", base_url=SERVER, fallback="none"), "LLMAssigner"),
    ],
)
def test_the_llm_assigns_where_it_judges_or_helps_to(settings: Settings, name: str) -> None:
    assert type(Parts(settings).assigner).__name__ == name


def test_an_assigner_that_can_not_be_built_names_the_setting() -> None:
    with pytest.raises(ConfigurationError, match="OPENAI_API_KEY"):
        _ = Parts(Settings(judge="llm")).assigner
    settings = Settings(judge="llm", base_url=SERVER, assign_prompt="grade@1")
    with pytest.raises(ConfigurationError, match="grade@1 doesn't assign; set PROBEWISE_ASSIGN_"):
        _ = Parts(settings).assigner


def test_another_embedded_model_is_another_run(tmp_path: Path) -> None:
    shutil.copytree(BUILT_IN, tmp_path, dirs_exist_ok=True)
    (tmp_path / "card.json").write_text((tmp_path / "card.json").read_text() + "\n")
    settings = Settings(judge="embedded")
    other = settings.model_copy(update={"embedded_model": tmp_path})
    assert Parts(settings).run_key(CASES) != Parts(other).run_key(CASES)


def test_a_missing_embedded_model_is_named(tmp_path: Path) -> None:
    settings = Settings(judge="embedded", embedded_model=tmp_path / "nowhere")
    with pytest.raises(ConfigurationError, match="nowhere: the embedded model can't be loaded"):
        Parts(settings).run_key(CASES)
