"""The begin of a command line, which imports for seconds: Ctrl-C ends it as quietly then as later."""

from __future__ import annotations

import os
import signal
from importlib import import_module

INTERRUPTED = 130
"""What a command line exits with after Ctrl-C."""


def start(module: str) -> int:
    """Import a module and call its `main`; returns the exit status that it gives.

    Upon Ctrl-C while it is imported the process ends at once: nothing is made by then, and an exception in the midst of
    an import could be taken for a fault of the module, or be lost.
    """
    heard = signal.getsignal(signal.SIGINT)
    if heard is signal.default_int_handler:  # not where Ctrl-C is to be ignored, as in the background of a shell
        signal.signal(signal.SIGINT, lambda *_: os._exit(INTERRUPTED))
    try:
        main = import_module(module).main
    finally:
        signal.signal(signal.SIGINT, heard)
    status: int = main()
    return status
