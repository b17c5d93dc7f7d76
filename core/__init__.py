"""What a head is, the parts-based implicit model of it, and the way from codes to a mesh."""

from facewright.core.kernel_cache import choose_cache

choose_cache()  # before numba is imported by anything in here
