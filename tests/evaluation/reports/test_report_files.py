"""Report files: every format takes every run, and JSON reads back as what was measured."""

import json
from pathlib import Path
from xml.etree import ElementTree as Xml

import pytest

from service.errors import ConfigurationError
from service.evaluation.gates.gates import GateCheck
from service.evaluation.metrics.measure import Metrics
from service.evaluation.reports.report_files import check_suffix, write_report
from service.evaluation.runs.comparison import Comparison
from service.evaluation.runs.run import RunConfig
from service.records import Frozen
from tests.evaluation.reports.building import HOSTILE, SHAPES, a_hostile_report
from tests.evaluation.reports.page import parsed

SUFFIXES = [".json", ".xml", ".md", ".html"]


@pytest.mark.parametrize("shape", SHAPES)
def test_json_reads_back_as_the_models_it_was_written_from(shape: str, tmp_path: Path) -> None:
    report = SHAPES[shape]()
    write_report(report, tmp_path / "run.json")
    content = json.loads((tmp_path / "run.json").read_bytes())
    assert content.pop("run") == report.run.name
    models: dict[str, tuple[type[Frozen], Frozen | None]] = {
        "config": (RunConfig, report.run.config),
        "metrics": (Metrics, report.metrics),
        "comparison": (Comparison, report.comparison),
        "gating": (GateCheck, report.gating),
    }
    assert content.keys() == models.keys()
    for name, (model, written) in models.items():
        part = content[name]
        assert (part and model.model_validate_json(json.dumps(part))) == written


@pytest.mark.parametrize("name", HOSTILE)
def test_every_format_is_written_and_read_whatever_texts_hold(name: str, tmp_path: Path) -> None:
    report = a_hostile_report(HOSTILE[name])
    for suffix in SUFFIXES:
        write_report(report, tmp_path / f"run{suffix}")
    content = json.loads((tmp_path / "run.json").read_text("utf-8"))
    assert content["run"] == HOSTILE[name]
    assert Xml.parse(tmp_path / "run.xml").getroot().get("name") == "probewise"  # noqa: S314
    assert parsed((tmp_path / "run.html").read_text("utf-8")).all("main")
    assert (tmp_path / "run.md").read_text("utf-8").startswith("## Probewise: ")


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_a_folder_that_is_missing_is_made_and_a_report_that_is_there_replaced(
    suffix: str, tmp_path: Path
) -> None:
    file = tmp_path / "a" / "b" / f"run{suffix.upper()}"
    write_report(SHAPES["red"](), file)
    before = file.read_bytes()
    write_report(SHAPES["one case"](), file)
    after = file.read_bytes()
    write_report(SHAPES["red"](), file)
    assert file.read_bytes() == before != after


@pytest.mark.parametrize("name", ["run.pdf", "run", "json", ".html"])
def test_another_suffix_is_refused_before_anything_is_written(name: str, tmp_path: Path) -> None:
    file = tmp_path / "reports" / name
    for refuse in (check_suffix, lambda file: write_report(SHAPES["plain"](), file)):
        with pytest.raises(ConfigurationError, match=r"ends in \.json, \.xml, \.md, \.html"):
            refuse(file)
    assert not file.parent.exists()
