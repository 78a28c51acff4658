"""Run one command of the command line."""

from __future__ import annotations

import atexit
import gc
import signal
import sys
from importlib import import_module
from typing import TYPE_CHECKING

from tagboat.cli.output import Output
from tagboat.cli.parser import COMMANDS, make_parser
from tagboat.errors import ConfigError, TagboatError, UsageError

if TYPE_CHECKING:
    import argparse
    from collections.abc import Sequence


class Terminated(KeyboardInterrupt):
    """The system, or whoever runs the job, asked us to stop (SIGTERM)."""


def _terminate(*_: object) -> None:
    raise Terminated


def run(words: Sequence[str]) -> int:
    """Parse, run the command, render errors. Returns the exit code."""
    gc.set_threshold(100_000)  # a short life, many objects, little garbage: looking for it costs a twentieth
    atexit.register(gc.freeze)  # and at the end, when all goes anyway, another twentieth
    signal.signal(signal.SIGTERM, _terminate)
    output = Output(json="--json" in words)
    try:
        _refuse_unknown(words)
        args = make_parser([word for word in words if word in COMMANDS]).parse_args(words)
        output.verbose = args.verbose
        return _run(args, output)
    except TagboatError as error:
        output.error(error)
        return error.exit_code
    except BrokenPipeError:
        # Whoever read our output has gone; nothing is left to say, not even at exit.
        sys.stdout = None
        return 141
    except OSError as error:
        if output.verbose:
            raise
        refused = ConfigError(
            f"{error.filename or 'the system'}: {error.strerror or error}",
            next="Mend that, then run the same command again: what was done is kept.",
        )
        output.error(refused)
        return refused.exit_code
    except KeyboardInterrupt as error:
        output.interrupted()
        return 143 if isinstance(error, Terminated) else 130


def _refuse_unknown(words: Sequence[str]) -> None:
    """Say what was probably meant by a command that does not exist."""
    from difflib import get_close_matches

    if words and not words[0].startswith("-") and words[0] not in COMMANDS:
        close = get_close_matches(words[0], COMMANDS, 1)
        raise UsageError(
            f"there is no command {words[0]}",
            next=f"Did you mean `tagboat {close[0]}`?" if close else "`tagboat --help` lists the commands.",
        )


def _run(args: argparse.Namespace, output: Output) -> int:
    code: int = import_module(f"tagboat.cli.{args.command}").run(args, output)
    return code
