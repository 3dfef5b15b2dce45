"""`cnnlab` as a process that is going to be killed: it also tells through a file which runs it has reported finished.

Started with a file and the words of a command it is a whole process. Started with nothing it is a mother: it has
imported everything once, and forks a child for each command that it reads. A child does all that a process does
but for the import and for drawing, which are nine tenths of a small study.
"""

import atexit
import json
import os
import sys
import traceback
from collections.abc import Callable
from typing import Any


def listening(conduct: Callable[..., Any], told: int) -> Callable[..., Any]:
    """Note each finished run, with its sum, once whoever shows the study has been told of it."""
    from cnnlab.records import Event, RunFinished, Sink

    def conducted(*arguments: Any, sink: Sink, **others: Any) -> Any:  # noqa: ANN401 - all is passed on
        def hear(event: Event) -> None:
            sink(event)
            if isinstance(event, RunFinished) and event.result.status == "finished":
                key = event.result.key
                line = json.dumps([key.architecture, key.seed, event.result.weights_sha256])
                os.write(told, f"{line}\n".encode())

        return conduct(*arguments, sink=hear, **others)

    return conducted


def launch(told: str, words: list[str]) -> None:
    """Run the command line as ``python -m cnnlab`` does."""
    import cnnlab.lab.conduct as module
    from cnnlab.cli import main

    handle = os.open(told, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    module.conduct = listening(module.conduct, handle)
    sys.argv = ["cnnlab", *words]
    main()


def import_everything() -> None:
    """Import what a study needs from its first word to its page."""
    import filelock  # noqa: F401

    import cnnlab.cli.runs
    import cnnlab.cli.screen
    import cnnlab.compiler.jit
    import cnnlab.data
    import cnnlab.lab.conduct
    import cnnlab.lab.study_file
    import cnnlab.report.page  # noqa: F401
    from cnnlab.lab import kept_latencies
    from cnnlab.lab.latency import Latencies, Latency
    from cnnlab.report import figures_of_study

    # Drawing and timing are most of what is left; a child does neither, and writes what it would write.
    figures_of_study.figures_of_study = lambda _: figures_of_study.Figures()
    kept_latencies.latencies = lambda networks: Latencies(dict.fromkeys(networks, Latency(1e-5, 1e-6, 9)), "a CPU", 2)


def say(line: object) -> None:
    """Answer whoever asked."""
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def serve() -> None:
    """Fork a child for each line on stdin; answer with its number, and with what became of it."""
    import_everything()
    say("ready")
    while line := sys.stdin.readline():
        asked = json.loads(line)
        child = os.fork()
        if child == 0:
            be_born(asked)
        say(child)
        # Until it has been buried its number belongs to nobody else, so that a late kill hits nobody.
        os.waitid(os.P_PID, child, os.WEXITED | os.WNOWAIT)
        say("dead")
        sys.stdin.readline()
        say(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))


def be_born(asked: dict[str, Any]) -> None:
    """Do in a child what was asked, and end as a process does."""
    code = 1
    try:
        # The faulty disk reads its variables at the first call that could concern it.
        os.environ.clear()
        os.environ.update(asked["environment"])
        nothing = os.open(os.devnull, os.O_RDONLY)
        os.dup2(nothing, 0)
        for number, name in ((1, "stdout"), (2, "stderr")):
            os.dup2(os.open(asked[name], os.O_WRONLY | os.O_CREAT | os.O_TRUNC), number)
        os.chdir(asked["folder"])
        launch(asked["told"], asked["words"])
    except SystemExit as end:
        code = end.code if isinstance(end.code, int) else 1
    except BaseException:  # noqa: BLE001 - as the interpreter does at its end
        traceback.print_exc()
    finally:
        atexit._run_exitfuncs()
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


if __name__ == "__main__":
    if len(sys.argv) > 1:
        launch(sys.argv[1], sys.argv[2:])
    else:
        serve()
