"""Define the report of an import, as `playbook import --json` prints it."""

from collections.abc import Sequence
from pathlib import Path
from typing import Self

from service.playbooks.findings import Finding
from service.playbooks.table_files import ReadTables
from service.records import Frozen

__all__ = ["ImportReport", "WrittenPlaybook"]


class WrittenPlaybook(Frozen):
    """A playbook that was written, and where."""

    id: str
    title: str
    questions: int
    file: str


class ImportReport(Frozen):
    """The playbooks that were written, what was assumed, and what can't be read."""

    playbooks: tuple[WrittenPlaybook, ...]
    assumptions: tuple[Finding, ...]
    faults: tuple[Finding, ...]

    @classmethod
    def of(cls, read: ReadTables, targets: Sequence[Path]) -> Self:
        """Report what was read, and the files that were written: none, or one a playbook."""
        playbooks = [
            WrittenPlaybook(
                id=playbook.id,
                title=playbook.title,
                questions=len(playbook.questions),
                file=str(target),
            )
            for playbook, target in zip(read.playbooks, targets, strict=False)
        ]
        return cls(playbooks=tuple(playbooks), assumptions=read.assumptions, faults=read.faults)
