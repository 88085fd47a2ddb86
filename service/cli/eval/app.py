"""`probewise eval`: measure a judge, compare its runs, hold them to gates, report."""

import typer

from service.cli.eval.accept import accept
from service.cli.eval.cascade import cascade
from service.cli.eval.compare import compare
from service.cli.eval.confirm_labels import confirm_labels
from service.cli.eval.export import export
from service.cli.eval.gate import gate
from service.cli.eval.import_ import import_
from service.cli.eval.init import init
from service.cli.eval.intake import intake
from service.cli.eval.playbook_diff import playbook_diff
from service.cli.eval.report import report
from service.cli.eval.run import run

__all__ = ["app"]

app = typer.Typer(
    help="Measure a judge on labelled cases, and keep it from regressing.",
    no_args_is_help=True,
    rich_markup_mode="markdown",
    add_completion=False,
)
app.command("init")(init)
app.command("run")(run)
app.command("report")(report)
app.command("compare")(compare)
app.command("gate")(gate)
app.command("accept")(accept)
app.command("cascade")(cascade)
app.command("intake")(intake)
app.command("playbook-diff")(playbook_diff)
app.command("confirm-labels")(confirm_labels)
app.command("export")(export)
app.command("import")(import_)
