"""`probewise eval`: measure a judge, compare, gate, report."""

import typer

from service.cli.evaluate import (
    cascading,
    comparing,
    exchanging,
    intake,
    playbooks,
    reporting,
    running,
)

__all__ = ["app"]

app = typer.Typer(
    help="Measure a judge on labelled cases, and keep it from regressing.",
    no_args_is_help=True,
    rich_markup_mode="markdown",
    add_completion=False,
)
app.command("run")(running.run)
app.command("report")(reporting.report)
app.command("compare")(comparing.compare)
app.command("gate")(comparing.gate)
app.command("accept")(comparing.accept)
app.command("cascade")(cascading.cascade)
app.command("intake")(intake.intake)
app.command("playbook-diff")(playbooks.playbook_diff)
app.command("export")(exchanging.export)
app.command("import")(exchanging.import_)
