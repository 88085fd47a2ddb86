"""How the golden cases of two runs differ: which are new, gone, reworded or labelled anew."""

from collections.abc import Mapping

from service.evaluation.cases.case import Case
from service.evaluation.cases.golden import name_some
from service.records import Frozen

__all__ = ["CaseChanges", "find_case_changes"]


class CaseChanges(Frozen):
    """The ids of the cases that differ: `edited` ones have other signals or notes, no more."""

    new: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()
    reworded: tuple[str, ...] = ()
    relabelled: tuple[str, ...] = ()
    edited: tuple[str, ...] = ()

    def describe(self) -> str:
        """Write `golden cases: 2 new (c-1, c-2), 1 removed (c-9)`; empty if none differs."""
        parts = [
            f"{len(names)} {what} ({name_some(names)})"
            for what, names in (
                ("new", self.new),
                ("removed", self.removed),
                ("reworded", self.reworded),
                ("relabelled", self.relabelled),
                ("with other signals or notes", self.edited),
            )
            if names
        ]
        return f"golden cases: {', '.join(parts)}" if parts else ""


def find_case_changes(before: Mapping[str, Case], after: Mapping[str, Case]) -> CaseChanges:
    """Compare the cases of two runs, which map case ids to cases."""
    changed = {name: (before[name], case) for name, case in after.items() if name in before}
    reworded = {
        name
        for name, (old, case) in changed.items()
        if (old.question_id, old.answer) != (case.question_id, case.answer)
    }
    relabelled = {name for name, (old, case) in changed.items() if old.verdict is not case.verdict}
    edited = {name for name, (old, case) in changed.items() if old != case}
    return CaseChanges(
        new=tuple(sorted(after.keys() - before.keys())),
        removed=tuple(sorted(before.keys() - after.keys())),
        reworded=tuple(sorted(reworded)),
        relabelled=tuple(sorted(relabelled)),
        edited=tuple(sorted(edited - reworded - relabelled)),
    )
