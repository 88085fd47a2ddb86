"""`probewise eval`: measure a judge, compare, gate, report."""

import typer

from service.cli.eval import (
    cascade,
    compare,
    exchange,
    intake,
    playbook_diff,
    report,
    run,
)

__all__ = ["app"]

app = typer.Typer(
    help="Measure a judge on labelled cases, and keep it from regressing.",
    no_args_is_help=True,
    rich_markup_mode="markdown",
    add_completion=False,
)
app.command("run")(run.run)
app.command("report")(report.report)
app.command("compare")(compare.compare)
app.command("gate")(compare.gate)
app.command("accept")(compare.accept)
app.command("cascade")(cascade.cascade)
app.command("intake")(intake.intake)
app.command("playbook-diff")(playbook_diff.playbook_diff)
app.command("export")(exchange.export)
app.command("import")(exchange.import_)
