"""The command line: one file for each verb, and one place where errors become messages and exit codes."""

import os
import sys
from typing import Annotated

import typer

from cnnlab.cli import (
    bench,
    compare,
    data,
    diagnose,
    doctor,
    export,
    predict,
    report,
    reproduce,
    run,
    runs,
    serve,
    summary,
)
from cnnlab.cli import compile as compile_verb
from cnnlab.errors import EXIT_CODES, CnnlabError
from cnnlab.version import __version__

_EPILOG = "Exit codes: " + "; ".join(f"{code} {meaning}" for code, meaning in EXIT_CODES.items()) + "."

# rich's help costs as much time as all the rest of the start; plain text is there at once.
app = typer.Typer(
    name="cnnlab",
    help="A laboratory for small convolutional networks.",
    epilog=_EPILOG,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    add_completion=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.command("run", short_help="Train the networks of a study; compare them.")(run.run)
app.command("diagnose", short_help="Say what costs a network accuracy; prove it by retraining.")(diagnose.diagnose)
app.command("compare", short_help="Say which stored architectures differ, and at which costs.")(compare.compare)
app.command("report", short_help="Make the page of a study again.")(report.report)
app.command("reproduce", short_help="Hold published numbers against several seeds.")(reproduce.reproduce)
app.command("predict", short_help="Say which class a trained network sees in pictures.")(predict.predict)
app.command("export", short_help="Write a trained network into a file: ONNX, .keras, weights.")(export.export)
app.command("summary", short_help="Show a network layer by layer.")(summary.summary)
app.command("compile", short_help="Show how a network becomes machine code.")(compile_verb.compile_network)
app.command("serve", short_help="Show the runs as a live page; train and draw there.")(serve.serve)
app.command("doctor", short_help="Say what matters for a report of trouble; check the compiled code.")(doctor.doctor)
app.add_typer(bench.app, name="bench", short_help="Measure where the time of training goes.")
app.add_typer(data.app, name="data", short_help="List, check, fetch, verify and find data sets.")
app.add_typer(runs.app, name="runs", short_help="List, show, resume, remove, export stored runs.")


def _show_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"cnnlab {__version__}")
        raise typer.Exit


@app.callback()
def _root(
    *,
    version: Annotated[
        bool, typer.Option("--version", help="Print the version and leave.", is_eager=True, callback=_show_version)
    ] = False,
) -> None:
    """Take what concerns no single verb."""
    del version


def main() -> None:
    """Run a verb; an error becomes one message on stderr and its exit code."""
    _have_streams()
    try:
        code = app(sys.argv[1:] or ["--help"], standalone_mode=False)
    except CnnlabError as error:
        _fail(str(error), error.exit_code)
    except typer.TyperException as error:
        _fail(f"{error.format_message().rstrip('.')}. 'cnnlab --help' lists the verbs and options.", error.exit_code)
    except typer.Abort:
        _fail("interrupted.", 130)
    except BrokenPipeError:
        # Whoever read our output has enough, as `head` does; writing what is buffered would fail again at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(0)
    sys.exit(code if isinstance(code, int) else 0)


def _have_streams() -> None:
    """Give closed streams a place to go: whoever closed them wants no output, not a failure."""
    for name in ("stdout", "stderr"):
        if getattr(sys, name) is None:
            setattr(sys, name, open(os.devnull, "w", encoding="utf-8"))  # noqa: SIM115, PTH123 - until the process ends


def _fail(message: str, code: int) -> None:
    typer.echo(f"cnnlab: {message}", err=True)
    sys.exit(code)
