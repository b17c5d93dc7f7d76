"""The errors that a person can act on, the end of work that is called off, and how a command ends with one."""

from __future__ import annotations

import io
import os
import sys
from typing import TYPE_CHECKING

from facewright.core.isolated import isolate_children

if TYPE_CHECKING:
    from collections.abc import Callable


class FacewrightError(Exception):
    """Something outside the program is wrong; the message is one sentence that says what, and what to do.

    Command lines print the message and exit non-zero; the editor shows it in a dialog. Programming
    errors are never of this type.
    """

    status = 1
    """What a command line exits with."""


class Cancelled(Exception):
    """The work was called off: its result is no longer wanted."""


def exit_status(command: Callable[[], object]) -> int:
    """Run a command line; what it exits with: 0, an error's status (1 for most), 130 after Ctrl-C.

    What it starts imports nothing from the working folder (`core.isolated`). What the encoding of the output lacks,
    such as σ in a pipe on Windows, is written as a question mark.
    """
    isolate_children()
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")
    try:
        command()
        sys.stdout.flush()
    except FacewrightError as error:
        sys.stderr.write(f"error: {error}\n")
        return error.status
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:  # the reader has had enough, such as `head`: nobody is left to tell
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    return 0
