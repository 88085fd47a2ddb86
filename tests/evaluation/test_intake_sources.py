"""Labelled sources: read whole, or refused with the place."""

import re
from collections import Counter
from collections.abc import Mapping
from pathlib import Path

import pytest
from ruamel.yaml import YAML

from service.assignment.models import can_be_evidence
from service.errors import ConfigurationError
from service.evaluation.cases.case import CaseError
from service.evaluation.intake.intake_report import measure_groups, read_intake_report
from service.evaluation.intake.labelled_sources import LabelledSource, digest_sources, read_sources
from service.playbooks.catalogue import Catalogue
from service.playbooks.files import load_playbooks
from service.settings import Settings
from service.transcripts.formats import Format
from service.transcripts.read_source import read_source
from service.transcripts.sides import resolve_sides
from service.wiring import Parts
from tests.docs import INTAKE
from tests.evaluation.intake_labels import a_gold

pytestmark = pytest.mark.slow

SET = Path("evals/intake")
SOURCES = read_sources(SET)


def write(folder: Path, changes: Mapping[str, object] | None = None) -> Path:
    """A source as it should be, but for the changes."""
    gold = a_gold({"cooking.1": (1,)}).model_dump(mode="json") | dict(changes or {})
    (folder / "notes-01.md").write_text("It burns.\n", "utf-8")
    with (folder / "notes-01.yaml").open("w", encoding="utf-8") as stream:
        YAML().dump({key: value for key, value in gold.items() if value != "left out"}, stream)
    return folder


def test_a_source_is_its_labels_beside_its_words(tmp_path: Path) -> None:
    (source,) = read_sources(write(tmp_path), "test")
    assert source.gold == a_gold({"cooking.1": (1,)})
    assert source.file.name == "notes-01.md"


ANSWER = {"question_id": "cooking.1", "lines": [1], "verdict": "good", "why": "because"}


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"split": "left out"}, "split: Field required"),
        ({"split": "train"}, "split: Input should be 'dev', 'test' or 'field'"),
        ({"answers": [ANSWER, ANSWER]}, r"cooking\.1 is answered twice; join the lines"),
        ({"answers": [{**ANSWER, "lines": []}]}, r"answers\.0\.lines"),
        ({"answers": [{**ANSWER, "lines": [0]}]}, r"answers\.0\.lines\.0"),
        ({"id": "notes-02"}, "its id must be notes-01"),
    ],
)
def test_labels_that_can_not_be_used_are_told_with_their_place(
    tmp_path: Path, changes: dict[str, object], message: str
) -> None:
    with pytest.raises(CaseError, match=rf"notes-01\.yaml: .*{message}"):
        read_sources(write(tmp_path, changes))


def test_a_source_without_words_is_refused(tmp_path: Path) -> None:
    write(tmp_path)
    (tmp_path / "notes-01.md").unlink()
    with pytest.raises(CaseError, match="one file of that name its words"):
        read_sources(tmp_path)


def test_a_file_that_is_not_yaml_is_refused(tmp_path: Path) -> None:
    (tmp_path / "x.yaml").write_text("[", "utf-8")
    with pytest.raises(CaseError, match=r"x\.yaml: can't be read"):
        read_sources(tmp_path)


@pytest.mark.parametrize("split", ["dev", "all"])
def test_no_source_is_an_error(tmp_path: Path, split: str) -> None:
    folder = write(tmp_path) if split == "dev" else tmp_path
    with pytest.raises(ConfigurationError, match=f"no source of the {split} split"):
        read_sources(folder, split)  # type: ignore[arg-type]


def test_the_digest_knows_the_words_and_the_labels(tmp_path: Path) -> None:
    sources = read_sources(write(tmp_path))
    before = digest_sources(sources)
    (tmp_path / "notes-01.md").write_text("It does not burn.\n", "utf-8")
    assert digest_sources(sources) != before
    relabelled = read_sources(write(tmp_path, {"about": "another kitchen"}))
    assert digest_sources(relabelled) != before


@pytest.mark.parametrize("source", SOURCES, ids=lambda source: source.gold.id)
def test_every_label_is_of_what_a_customer_may_have_said(source: LabelledSource) -> None:
    catalogue = Catalogue(load_playbooks())
    gold, file = source.gold, source.file
    source_format = Format.NOTES if gold.kind == "notes" else None
    words = read_source(file.read_bytes(), source_format, file.name)
    transcript = resolve_sides(words, (), gold.customer)
    said = {turn.line for turn in transcript.turns if can_be_evidence(turn)}
    for answer in gold.answers:
        asked = catalogue.question(answer.question_id)
        assert gold.playbook in {None, asked.playbook_id}
        assert set(answer.lines) <= said


def test_the_datasheet_has_the_counts_of_the_set() -> None:
    text = (SET / "README.md").read_text("utf-8")
    rows = dict(re.findall(r"^\| (notes|calls) \|(.+)\|$", text, re.MULTILINE))
    for name, kind in (("notes", "notes"), ("calls", "transcript")):
        golds = [source.gold for source in SOURCES if source.gold.split != "field"]
        own = [gold for gold in golds if gold.kind == kind]
        splits = Counter(gold.split for gold in own)
        answers = [answer for gold in own for answer in gold.answers]
        verdicts = Counter(answer.verdict.value for answer in answers)
        counted = [len(own), splits["dev"], splits["test"], len(answers)]
        counted += [verdicts[verdict] for verdict in ("good", "partial", "weak", "unanswered")]
        counted += [sum(len(answer.lines) for answer in answers)]
        assert [int(cell) for cell in rows[name].split("|")] == counted
        assert len(own) >= 12


def test_the_accepted_figures_follow_from_their_results_and_are_of_this_set() -> None:
    report = read_intake_report(INTAKE)
    assert measure_groups(report.results) == report.figures
    settings = Settings(judge="embedded")
    now = Parts(settings).intake_key(read_sources(SET, report.split))
    assert report.key == now, "run `probewise eval intake --judge embedded -o` and `make docs`"
