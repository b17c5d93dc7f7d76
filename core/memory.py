"""Memory that was freed, given back to the system.

glibc gives every thread an arena of its own and, once an array of some megabytes was freed, carves all of that size
from these arenas; what is then freed below something that stays is kept. With a dozen threads that each compute now
and then, hundreds of megabytes lie there that nothing uses.
"""

from __future__ import annotations

import ctypes
import sys


def give_back() -> None:
    """Hand all free pages back to the system, which takes some milliseconds; where the C library cannot, nothing."""
    if sys.platform != "linux":  # others' allocators do so by themselves
        return
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None)  # glibc alone has it
    if trim is not None:
        trim(0)
