"""Zip archives and arrays from anywhere, unpacked within bounds."""

from __future__ import annotations

import io
import math
import zipfile

import numpy as np

_LEAST_BYTES, _TIMES = 32 * 2**20, 20
"""All that is in an archive may be unpacked to so much, or so many times its size: arrays pack to a third or so."""


class TooMuch(ValueError):
    """There is more in a file than any that this program writes has: "more than 100 variants"."""


class Allowance:
    """How many bytes may still be unpacked from one file."""

    def __init__(self, packed_bytes: int) -> None:
        self._left = _LEAST_BYTES + _TIMES * packed_bytes

    def member(self, file: zipfile.ZipFile, name: str, most_bytes: int | None = None) -> bytes:
        """A member of an archive; `most_bytes` instead of the allowance, if it is bounded by other means.

        Raises TooMuch if it unpacks to more, ValueError if it is packed otherwise than with deflate: other methods
        unpack a block whole, however large. What its entry says of its size is held to.
        """
        info = file.getinfo(name)
        if info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
            raise ValueError(f"{name} is packed in another way")
        if info.file_size > (self._left if most_bytes is None else most_bytes):
            raise TooMuch(f"{info.file_size / 2**20:,.0f} MB in {name}")
        if most_bytes is None:
            self._left -= info.file_size
        with file.open(info) as member:
            return member.read(info.file_size)


def loaded_array(data: bytes) -> np.ndarray:
    """The array in an `.npy` file's bytes, which it shares; ValueError if they are not as many as its header says."""
    stream = io.BytesIO(data)
    version = np.lib.format.read_magic(stream)
    if version != (1, 0):
        raise ValueError("an array is of another version")
    shape, fortran, dtype = np.lib.format.read_array_header_1_0(stream)
    rest = len(data) - stream.tell()
    if dtype.hasobject or dtype.kind not in "fiu" or math.prod(shape) * dtype.itemsize != rest or fortran:
        raise ValueError("an array is not what its header says")
    return np.frombuffer(data, dtype, offset=stream.tell()).reshape(shape)
