"""The command `studio`: each verb is a function of its name in a file of its name in studio/commands."""

import sys
from collections.abc import Iterable
from importlib import import_module

import typer

from studio.logs import where
from studio.trouble import Trouble

VERBS = (
    *("demo", "up", "classroom", "process", "lessons", "show", "retry", "cancel"),
    *("api", "worker", "migrate", "token", "doctor", "release"),
)


def command(verbs: Iterable[str]) -> typer.Typer:
    app = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False)
    app.callback(help="TutorLingua Studio: from a recorded lesson to drills, clips and memory.")(lambda: None)
    for verb in verbs:
        app.command(verb)(getattr(import_module(f"studio.commands.{verb}"), verb))
    return app


def main() -> None:
    """Run a verb; what goes wrong is told in a sentence on stderr, with exit code 1.

    Only the verb that is named is imported: a worker needs nothing of `up`.
    """
    named = [verb for verb in VERBS if verb in sys.argv[1:2]]
    try:
        command(named or VERBS)(prog_name="studio")
    except Trouble as trouble:
        sys.exit(str(trouble))
    except KeyboardInterrupt:
        sys.exit(130)
    except PermissionError as refused:
        sys.exit(f"{refused.filename} is not yours to use: make it so with `sudo chown`, or name another place.")
    except Exception as unforeseen:
        place = where(unforeseen.__traceback__)
        sys.exit(f"This should not happen: {type(unforeseen).__name__} at {place}. Please report it.")


if __name__ == "__main__":
    main()
