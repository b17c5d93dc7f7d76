"""Good files made bad: bytes, words, lines, and values of JSON, the latter inside archives and chunks as well."""

from __future__ import annotations

import io
import json
import re
import struct
import zipfile
from typing import TYPE_CHECKING, Any

from tests.core.odd_files import glb

if TYPE_CHECKING:
    import numpy as np

_WORDS = (
    b"0", b"-1", b"1e200", b"-1e308", b"nan", b"inf", b"99999999999", b"18446744073709551616", b"9" * 5000, b"0.5", b"",
    b"x", b"1/0", b"-2147483648", b"\xff\xfe", b"//", b"2147483647", b"1 2", b"-", b"\0",
)  # fmt: skip
_VALUES: tuple[Any, ...] = (
    None, True, 0, -1, 1.5, 1e308, 2**31, 2**63, 10**400, "", "x", "x" * 100_000, [], {}, [[]], [0] * 3, {"a": 1},
    float("nan"), float("inf"), -2, 255, "../../../etc/hostname", "//host/share/x.png",
)  # fmt: skip

_LONGEST = 20_000_000
"""Bytes of JSON that a repeated list may come to: three such in turn took the memory of the machine."""


def mutated(data: bytes, name: str, rng: np.random.Generator) -> bytes:
    """The bytes of a good file, made bad in one way or in a few; one in twenty is left as it is."""
    if rng.random() < 0.05:
        return data
    structured = {"facewright": _archive, "glb": _glb, "safetensors": _safetensors, "json": _json}
    inside = structured.get(name.rpartition(".")[2])
    if inside is not None and rng.random() < 0.6:
        return inside(data, rng)
    for _ in range(int(rng.integers(1, 4))):
        data = _MUTATIONS[int(rng.integers(len(_MUTATIONS)))](data, rng)
    return data


def _span(data: bytes, rng: np.random.Generator) -> tuple[int, int]:
    start = int(rng.integers(len(data) + 1))
    if rng.random() < 0.5:
        start = min(start, 400)  # headers
    return start, min(len(data), start + int(rng.integers(1, 200)))


def _flip(data: bytes, rng: np.random.Generator) -> bytes:
    changed = bytearray(data)
    for _ in range(int(rng.integers(1, 20)) if changed else 0):
        changed[_span(data, rng)[0] % len(changed)] = int(rng.integers(256))
    return bytes(changed)


def _cut(data: bytes, rng: np.random.Generator) -> bytes:
    return data[: int(rng.integers(len(data) + 1))]


def _remove(data: bytes, rng: np.random.Generator) -> bytes:
    start, end = _span(data, rng)
    return data[:start] + data[end:]


def _repeat(data: bytes, rng: np.random.Generator) -> bytes:
    start, end = _span(data, rng)
    return data[:end] + data[start:end] * int(rng.integers(1, 50)) + data[end:]


def _insert(data: bytes, rng: np.random.Generator) -> bytes:
    start, _ = _span(data, rng)
    return data[:start] + rng.integers(0, 256, int(rng.integers(1, 100))).astype("u1").tobytes() + data[start:]


def _number(data: bytes, rng: np.random.Generator) -> bytes:
    """A four-byte number anywhere replaced by one that counts too much."""
    start = _span(data, rng)[0]
    value = (0, 1, 2**31 - 1, 2**32 - 1, 2**24, len(data))[int(rng.integers(6))]
    return data[:start] + struct.pack("<I", value) + data[start + 4 :]


def _word(data: bytes, rng: np.random.Generator) -> bytes:
    """A word of text replaced."""
    words = list(re.finditer(rb"[^\s]+", data[:20_000]))
    if not words:
        return data
    word = words[int(rng.integers(len(words)))]
    return data[: word.start()] + _WORDS[int(rng.integers(len(_WORDS)))] + data[word.end() :]


def _lines(data: bytes, rng: np.random.Generator) -> bytes:
    """Two lines exchanged."""
    lines = data.split(b"\n")
    i, j = (int(rng.integers(len(lines))) for _ in range(2))
    lines[i], lines[j] = lines[j], lines[i]
    return b"\n".join(lines)


_MUTATIONS = (_flip, _cut, _remove, _repeat, _insert, _number, _word, _word, _lines)


def _changed(record: Any, rng: np.random.Generator) -> Any:
    """A JSON value with one thing in it replaced, removed, repeated or nested; the value is used up."""
    places: list[tuple[Any, Any]] = []
    waiting = [record]
    while waiting and len(places) < 5000:
        value = waiting.pop()
        keys = value if isinstance(value, dict) else range(len(value)) if isinstance(value, list) else ()
        places += [(value, key) for key in keys]
        waiting += [value[key] for key in keys]
    if not places:
        return _VALUES[int(rng.integers(len(_VALUES)))]
    own, key = places[int(rng.integers(len(places)))]
    kind = rng.random()
    if kind < 0.65:
        own[key] = _VALUES[int(rng.integers(len(_VALUES)))]
    elif kind < 0.8:
        del own[key]
    elif kind < 0.9 and isinstance(own, list):
        own *= min(int(rng.integers(2, 2000)), max(_LONGEST // len(json.dumps(own)), 2))
    else:
        other, there = places[int(rng.integers(len(places)))]
        own[key] = json.loads(json.dumps(other[there]))
    return record


def _json(data: bytes, rng: np.random.Generator) -> bytes:
    if rng.random() < 0.1:
        return (b"[" * 100_000, b'{"a":' * 50_000, b"9" * 5000, b"[" + b"0," * 300_000 + b"0]")[int(rng.integers(4))]
    record = json.loads(data)
    for _ in range(int(rng.integers(1, 4))):
        record = _changed(record, rng)
    return json.dumps(record).encode()


def _archive(data: bytes, rng: np.random.Generator) -> bytes:
    """A project with one of its members changed, or with an array's header that promises too much."""
    with zipfile.ZipFile(io.BytesIO(data)) as file:
        members = {name: file.read(name) for name in file.namelist()}
    name = sorted(members)[int(rng.integers(len(members)))]
    if name.endswith(".json"):
        members[name] = _json(members[name], rng)
    elif name.endswith(".npz"):
        members[name] = _archive(members[name], rng)
    elif rng.random() < 0.3:
        shape = ("(2000000000, 0)", "(99999999999,)", "(0,)", "(-1, 3)", "(3, 99999999)")[int(rng.integers(5))]
        header = f"{{'descr': '<f4', 'fortran_order': False, 'shape': {shape}}}".encode()
        members[name] = b"\x93NUMPY\x01\x00" + len(header).to_bytes(2, "little") + header
    elif rng.random() < 0.3:
        members[name] = members[name] + bytes(10**7 * int(rng.integers(1, 10)))
    else:
        members[name] = _MUTATIONS[int(rng.integers(6))](members[name], rng)
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as file:
        for member, content in members.items():
            file.writestr(member, content)
    return stream.getvalue()


def _glb(data: bytes, rng: np.random.Generator) -> bytes:
    size = int.from_bytes(data[12:16], "little")
    return glb(_json(data[20 : 20 + size], rng), data[28 + size :])


def _safetensors(data: bytes, rng: np.random.Generator) -> bytes:
    """A model with its tensors' table or Facewright's own header changed."""
    size = int.from_bytes(data[:8], "little")
    table = json.loads(data[8 : 8 + size])
    if rng.random() < 0.7:
        table["__metadata__"]["facewright"] = _json(table["__metadata__"]["facewright"].encode(), rng).decode()
    else:
        table = _changed(table, rng)
    header = json.dumps(table).encode()
    return len(header).to_bytes(8, "little") + header + data[8 + size :]
