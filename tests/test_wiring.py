import shutil
from pathlib import Path

import pytest

from service.errors import ConfigurationError
from service.evaluation.golden import Selection, read_folder, select
from service.judging.embedded.scorer import BUILT_IN
from service.settings import Settings
from service.wiring import build_catalogue, build_judge, run_key

CASES = select(read_folder(Path("evals/golden")), Selection(split="dev"))[:1]


def test_a_prompt_that_does_not_grade_is_refused() -> None:
    settings = Settings(judge="llm", base_url="http://127.0.0.1:9/v1", prompt="assign@1")
    with pytest.raises(ConfigurationError, match="PROBEWISE_PROMPT"):
        build_judge(settings)


def test_another_embedded_model_is_another_run(tmp_path: Path) -> None:
    shutil.copytree(BUILT_IN, tmp_path, dirs_exist_ok=True)
    (tmp_path / "card.json").write_text((tmp_path / "card.json").read_text() + "\n")
    settings = Settings(judge="embedded")
    catalogue = build_catalogue(settings)
    other = settings.model_copy(update={"embedded_model": tmp_path})
    assert run_key(settings, catalogue, CASES) != run_key(other, catalogue, CASES)


def test_a_missing_embedded_model_is_named(tmp_path: Path) -> None:
    settings = Settings(judge="embedded", embedded_model=tmp_path / "nowhere")
    with pytest.raises(ConfigurationError, match="nowhere: the embedded model can't be loaded"):
        run_key(settings, build_catalogue(settings), CASES)
