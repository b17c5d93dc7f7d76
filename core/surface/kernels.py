"""The network's arithmetic on a CPU, compiled on first use and kept on disk: sine MLPs and windows at fixed codes.

torch spends more time in the sines of a narrow network than in its products, and in each operation on small arrays
longer still. Here points go through a whole MLP in tiles that stay in the first-level cache, without the GIL. Every
point of a tile is computed alike, so that its result is the same to the last bit whatever its neighbours are.

Activations are (channels, TILE) float32; points are (N, 3) float32 in the network frame.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple

import numba
import numpy as np
from llvmlite import ir
from numba.core import cgutils, types
from numba.extending import intrinsic

from facewright.core.model.window import HARMONICS
from facewright.core.parts import LANDMARKS_PER_STAGE
from facewright.core.surface.template_table import BRICK

if TYPE_CHECKING:
    from collections.abc import Sequence

    import torch

    from facewright.core.model.network import Layer
    from facewright.core.model.window import Window

_LANES, _VECTORS, _OUTPUTS = 8, 3, 4
TILE = _LANES * _VECTORS
"""Points of a tile. With 4 outputs at a time they fill 12 vector registers of 8 floats, what the smallest of today's
processors has room for."""

_WINDOW = 17 + 2 * HARMONICS
"""Numbers of a window."""

_ROUNDING = 1.001
"""The reach of a window is taken so much longer: what lies beyond it must have the weight 0 for certain."""

_FAST = {"contract", "nsz", "nnan", "ninf", "arcp"}
"""What the compiler may assume. It may not reorder sums: `_rounded` rests on their order."""

_ROUND = np.float32(1.5 * 2**23)
_C1, _C3, _C5, _C7, _C9 = (np.float32(c) for c in (3.1415927, -5.1677103, 2.5500774, -0.5982904, 0.07765591))
"""sin πr for |r| ≤ 1/2, interpolated at Chebyshev nodes of r²: off by 1.5e-7 at most."""


class Packed(NamedTuple):
    """A sine MLP as the kernels read it, ω₀ folded in and the sines' arguments in half turns.

    numbers : each layer's weights, packed by `_OUTPUTS` outputs, then its bias, float32; table : (layers, 3) int64,
    each layer's inputs and outputs, rounded up to whole packs, and where its numbers begin.
    """

    numbers: np.ndarray
    table: np.ndarray


def packed(layers: Sequence[Layer]) -> Packed:
    """The MLP of `core.model.network.sine_mlp`, at the codes of one head."""
    return _packed(layers, len(layers))


def with_first(mlp: Packed, layers: Sequence[Layer]) -> Packed:
    """What `packed` gives for layers of which the first alone is not that of a packed MLP."""
    first = _packed(layers[:1], len(layers)).numbers
    return Packed(np.concatenate([first, mlp.numbers[len(first) :]]), mlp.table)


def _packed(layers: Sequence[Layer], count: int) -> Packed:
    """The first layers of an MLP of `count`."""
    numbers: list[np.ndarray] = []
    table: list[tuple[int, int, int]] = []
    for index, (weight, bias) in enumerate(layers):
        scale = 1.0 / np.pi if index < count - 1 else 1.0
        matrix, shift = weight.reshape(weight.shape[-2:]).numpy() * scale, bias.reshape(-1).numpy() * scale
        inputs = table[-1][1] if table else len(matrix)
        outputs = -(-len(shift) // _OUTPUTS) * _OUTPUTS
        whole = np.zeros((inputs + 1, outputs))
        whole[: len(matrix), : len(shift)] = matrix
        packs = whole[:-1].reshape(inputs, -1, _OUTPUTS).transpose(1, 0, 2)
        table.append((inputs, outputs, sum(map(len, numbers))))
        numbers += [packs.ravel(), np.pad(shift, (0, outputs - len(shift)))]
    return Packed(np.concatenate(numbers).astype(np.float32), np.array(table, dtype=np.int64))


def window_numbers(windows: Sequence[Window], grafts: torch.Tensor) -> np.ndarray:
    """The windows of a stage and their maps (components, 3, 4) as the kernels read them, (components, 29) float32.

    A row holds the map into the window's own frame (12), the inverse of its fade, the middle and half of its depth,
    its outline (13), and the square of how far its end is from its axis, at most.
    """
    rows = []
    for window, graft in zip(windows, grafts.numpy().astype(float), strict=True):
        rotation, shift = np.split(window.to_plane.numpy().astype(float), [3], axis=1)
        fade, back, front = window.extent.tolist()
        local = np.column_stack([rotation @ graft[:, :3], rotation @ graft[:, 3:] + shift])
        reach = _ROUNDING * window.cylinder()[0]
        depth = (back + front) / 2, (front - back) / 2
        rows.append([*local.ravel(), 1.0 / fade, *depth, *window.outline.tolist(), reach**2])
    return np.array(rows, dtype=np.float32).reshape(-1, _WINDOW)


@intrinsic
def _product(_typing, numbers, weights, bias, source, inputs, target):  # type: ignore[no-untyped-def]
    """Four rows of Wᵀ x + b of a tile, by fused multiply-adds in registers.

    numbers : float32 array that holds the pack's weights from index `weights` and its bias from `bias`; source,
    target : addresses of the first row read, of the first row written.
    """

    def generate(context, builder, signature, arguments):  # type: ignore[no-untyped-def]
        numbers_value, weights, bias, source, inputs, target = arguments
        scalar, vector = ir.FloatType(), ir.VectorType(ir.FloatType(), _LANES)
        base = context.make_array(signature.args[0])(context, builder, numbers_value).data
        source = builder.inttoptr(source, scalar.as_pointer())
        target = builder.inttoptr(target, scalar.as_pointer())
        fma = cgutils.get_or_insert_function(
            builder.module, ir.FunctionType(vector, [vector] * 3), f"llvm.fma.v{_LANES}f32"
        )

        def splat(pointer):  # type: ignore[no-untyped-def]
            value = builder.load(pointer)
            single = builder.insert_element(ir.Constant(vector, ir.Undefined), value, ir.IntType(32)(0))
            lanes = ir.Constant(ir.VectorType(ir.IntType(32), _LANES), [0] * _LANES)
            return builder.shuffle_vector(single, ir.Constant(vector, ir.Undefined), lanes)

        def vectors(row):  # type: ignore[no-untyped-def]
            first = builder.bitcast(row, vector.as_pointer())
            return [builder.gep(first, [ir.IntType(64)(v)]) for v in range(_VECTORS)]

        sums = [[cgutils.alloca_once(builder, vector) for _ in range(_VECTORS)] for _ in range(_OUTPUTS)]
        for output, row in enumerate(sums):
            start = splat(builder.gep(base, [builder.add(bias, ir.IntType(64)(output))]))
            for total in row:
                builder.store(start, total)
        with cgutils.for_range(builder, inputs, intp=ir.IntType(64)) as loop:
            read = builder.gep(source, [builder.mul(loop.index, ir.IntType(64)(TILE))])
            values = [builder.load(pointer, align=4) for pointer in vectors(read)]
            pack = builder.gep(base, [builder.add(weights, builder.mul(loop.index, ir.IntType(64)(_OUTPUTS)))])
            for output, row in enumerate(sums):
                weight = splat(builder.gep(pack, [ir.IntType(64)(output)]))
                for total, value in zip(row, values, strict=True):
                    builder.store(builder.call(fma, [weight, value, builder.load(total)]), total)
        for output, row in enumerate(sums):
            written = builder.gep(target, [ir.IntType(64)(output * TILE)])
            for total, pointer in zip(row, vectors(written), strict=True):
                builder.store(builder.load(total), pointer, align=4)
        return context.get_dummy_value()

    index = types.int64
    return types.void(numbers, index, index, index, index, index), generate


@numba.njit(inline="always", fastmath=_FAST)
def _rounded(x):  # type: ignore[no-untyped-def]
    """The nearest whole number to x, |x| < 2²²."""
    return (x + _ROUND) - _ROUND


@numba.njit(fastmath=_FAST, nogil=True)
def _sines(rows):  # type: ignore[no-untyped-def]
    """Replace t by sin πt in a flat array; the reduction to |r| ≤ 1/2 is exact."""
    for index in range(rows.size):
        t = rows[index]
        turns = _rounded(t)
        r = t - turns
        odd = turns * np.float32(0.5) - _rounded(turns * np.float32(0.5))  # ±1/2 after an odd number of half turns
        q = r * r
        value = r * (_C1 + q * (_C3 + q * (_C5 + q * (_C7 + q * _C9))))
        rows[index] = value * (np.float32(1.0) - np.float32(8.0) * odd * odd)


@numba.njit(fastmath=_FAST, nogil=True)
def _mlp(numbers, table, rows):  # type: ignore[no-untyped-def]
    """Carry a tile through an MLP; rows : (2, widest, TILE), the input in rows[0]. Which of the two has the output."""
    here = 0
    for layer in range(len(table)):
        inputs, outputs, start = table[layer]
        bias = start + inputs * outputs
        for first in range(0, outputs, _OUTPUTS):
            source, target = rows[here, 0].ctypes.data, rows[1 - here, first].ctypes.data
            _product(  # type: ignore[call-arg]
                numbers, start + first * inputs, bias + first, source, inputs, target
            )
        here = 1 - here
        if layer < len(table) - 1:
            _sines(rows[here, :outputs].reshape(-1))
    return here


@numba.njit(fastmath=_FAST, nogil=True, inline="always")
def _faded(t):  # type: ignore[no-untyped-def]
    """1 for t ≤ 0, 0 for t ≥ 1 and 1 − t²(3 − 2t) between, as in `core.model.window`."""
    t = min(max(t, np.float32(0.0)), np.float32(1.0))
    return np.float32(1.0) - t * t * (np.float32(3.0) - np.float32(2.0) * t)


@numba.njit(fastmath=_FAST, nogil=True)
def _window(windows, x, y, z):  # type: ignore[no-untyped-def]
    """The weight of a stage's windows (components, 29) at a point: `core.model.network.Stage.weight`."""
    outside = np.float32(1.0)
    for number in range(len(windows)):
        w = windows[number]
        a = w[0] * x + w[1] * y + w[2] * z + w[3]
        b = w[4] * x + w[5] * y + w[6] * z + w[7]
        depth = (abs(w[8] * x + w[9] * y + w[10] * z + w[11] - w[13]) - w[14]) * w[12]
        if depth >= np.float32(1.0):
            continue
        square = a * a + b * b
        if square >= w[16 + 2 * HARMONICS]:
            continue
        radius = np.float32(math.sqrt(square + np.float32(1e-12)))
        cosine, sine = a / radius, b / radius
        c, s = cosine, sine
        reach = radius - w[15]
        for wave in range(HARMONICS):
            reach -= w[16 + wave] * c + w[16 + HARMONICS + wave] * s
            c, s = c * cosine - s * sine, s * cosine + c * sine
        outside *= np.float32(1.0) - _faded(reach * w[12]) * _faded(depth)
    return np.float32(1.0) - outside


@numba.njit(nogil=True, cache=True)
def weights(windows, states, out):  # type: ignore[no-untyped-def]
    """The weight out (N,) of a stage's windows (components, 29) at states (N, 3)."""
    for point in range(len(states)):
        out[point] = _window(windows, states[point, 0], states[point, 1], states[point, 2])


@numba.njit(nogil=True)
def _loaded(states, points, rows):  # type: ignore[no-untyped-def]
    """Put states of up to TILE points, given by their index, into the first rows of a tile."""
    for lane in range(TILE):
        point = points[min(lane, len(points) - 1)]
        for axis in range(3):
            rows[0, axis, lane] = states[point, axis]


@numba.njit(nogil=True, fastmath=_FAST)
def _shares(rows, count):  # type: ignore[no-untyped-def]
    """Softmax of `count` channels of a tile, in place."""
    for lane in range(TILE):
        top = rows[0, lane]
        for channel in range(1, count):
            top = max(top, rows[channel, lane])
        total = np.float32(0.0)
        for channel in range(count):
            rows[channel, lane] = math.exp(rows[channel, lane] - top)
            total += rows[channel, lane]
        for channel in range(count):
            rows[channel, lane] /= total


@numba.njit(nogil=True, fastmath=_FAST)
def _blended(field, blend, states, points, rows, shares, channels, moved):  # type: ignore[no-untyped-def]
    """Σₗ ωₗ Dₗ (`core.model.network.Stage.blended`) of up to TILE points into moved (channels, TILE)."""
    _loaded(states, points, shares)
    rows[0, :3] = shares[0, :3]
    share = shares[_mlp(blend.numbers, blend.table, shares)]
    _shares(share, LANDMARKS_PER_STAGE)
    local = rows[_mlp(field.numbers, field.table, rows)]
    moved[:] = np.float32(0.0)
    for landmark in range(LANDMARKS_PER_STAGE):
        for channel in range(channels):
            for lane in range(TILE):
                moved[channel, lane] += share[landmark, lane] * local[landmark * channels + channel, lane]


@numba.njit(nogil=True)
def _scratch(mlp):  # type: ignore[no-untyped-def]
    """Two tiles as wide as the widest layer of an MLP."""
    return np.zeros((2, max(mlp.table[:, :2].max(), 4), TILE), np.float32)


@numba.njit(nogil=True, cache=True)
def move(field, blend, windows, states, inside):  # type: ignore[no-untyped-def]
    """Carry states (N, 3), in place, through one stage; inside (N,) says which of them its window holds."""
    rows, shares, moved = _scratch(field), _scratch(blend), np.empty((3, TILE), np.float32)
    weight, points = np.ones(len(states), np.float32), np.empty(len(states), np.int64)
    count = 0
    for point in range(len(states)):
        if len(windows):
            weight[point] = _window(windows, states[point, 0], states[point, 1], states[point, 2])
        inside[point] = weight[point] > np.float32(0.0)
        if inside[point]:
            points[count] = point
            count += 1
    for start in range(0, count, TILE):
        tile = points[start : min(start + TILE, count)]
        _blended(field, blend, states, tile, rows, shares, 3, moved)
        for lane in range(len(tile)):
            for axis in range(3):
                states[tile[lane], axis] += weight[tile[lane]] * moved[axis, lane]


@numba.njit(nogil=True, fastmath={"contract"}, inline="always")
def _cubic(t):  # type: ignore[no-untyped-def]
    """Catmull-Rom weights of four samples for a point between the second and the third, at 0 ≤ t < 1."""
    half = np.float32(0.5)
    u = np.float32(1.0) - t
    return (
        -half * t * u * u,
        np.float32(1.0) - half * t * t * (np.float32(5.0) - np.float32(3.0) * t),
        np.float32(1.0) - half * u * u * (np.float32(5.0) - np.float32(3.0) * u),
        -half * u * t * t,
    )


@numba.njit(nogil=True, fastmath={"contract"})
def _interpolated(table, x, y, z):  # type: ignore[no-untyped-def]
    """SDFNet at a point from the first of the table's lattices that has it, NaN if none does."""
    for lattice in range(len(table.start)):
        u = (x + np.float32(1.0)) / table.spacing[lattice]
        v = (y + np.float32(1.0)) / table.spacing[lattice]
        w = (z + np.float32(1.0)) / table.spacing[lattice]
        i, j, k = math.floor(u), math.floor(v), math.floor(w)
        shape = table.shape[lattice]
        place = ((i // BRICK) * shape[1] + j // BRICK) * shape[2] + k // BRICK
        if min(i, j, k) < 0 or i >= BRICK * shape[0] or j >= BRICK * shape[1] or k >= BRICK * shape[2]:
            continue
        number = table.index[table.start[lattice] + place]
        if number < 0:
            continue
        brick = table.values[number]
        across, up = _cubic(np.float32(v - j)), _cubic(np.float32(w - k))
        i, j, k = i % BRICK, j % BRICK, k % BRICK
        first = second = third = fourth = np.float32(0.0)
        for a, along in enumerate(_cubic(np.float32(u - math.floor(u)))):
            for b in range(4):
                share, row = along * across[b], brick[i + a, j + b]
                first += share * row[k]
                second += share * row[k + 1]
                third += share * row[k + 2]
                fourth += share * row[k + 3]
        value = up[0] * first + up[1] * second + up[2] * third + up[3] * fourth
        if not np.isnan(value):
            return value
    return np.float32(np.nan)


@numba.njit(nogil=True)
def _template(sdf, rows, out):  # type: ignore[no-untyped-def]
    """SDFNet of a tile whose points are in the first rows, into out (TILE,)."""
    values = rows[_mlp(sdf.numbers, sdf.table, rows)]
    for lane in range(TILE):
        out[lane] = values[0, lane]


@numba.njit(nogil=True)
def _carried(field, blend, states, tile, rows, shares, moved, template):  # type: ignore[no-untyped-def]
    """Put up to TILE points behind the last stage into the first rows of `template`; ε is in moved[3]."""
    _blended(field, blend, states, tile, rows, shares, 4, moved)
    _loaded(states, tile, template)
    for axis in range(3):
        for lane in range(TILE):
            template[0, axis, lane] += moved[axis, lane]


@numba.njit(nogil=True, cache=True)
def distance(field, blend, sdf, states, out):  # type: ignore[no-untyped-def]
    """Φ, network units, into out (N,), at states (N, 3) that the last stage reads."""
    rows, shares, moved = _scratch(field), _scratch(blend), np.empty((4, TILE), np.float32)
    template, values = _scratch(sdf), np.empty(TILE, np.float32)
    points = np.arange(len(states))
    for start in range(0, len(states), TILE):
        tile = points[start : min(start + TILE, len(states))]
        _carried(field, blend, states, tile, rows, shares, moved, template)
        _template(sdf, template, values)
        for lane in range(len(tile)):
            out[tile[lane]] = values[lane] + moved[3, lane]


@numba.njit(nogil=True, cache=True)
def template_distance(sdf, states, out):  # type: ignore[no-untyped-def]
    """SDFNet, network units, into out (N,), at points (N, 3) of the template's space."""
    rows, values = _scratch(sdf), np.empty(TILE, np.float32)
    points = np.arange(len(states))
    for start in range(0, len(states), TILE):
        tile = points[start : min(start + TILE, len(states))]
        _loaded(states, tile, rows)
        _template(sdf, rows, values)
        for lane in range(len(tile)):
            out[tile[lane]] = values[lane]


@numba.njit(nogil=True, cache=True)
def distance_by_table(field, blend, sdf, table, states, out):  # type: ignore[no-untyped-def]
    """The same, with SDFNet from a `core.surface.template_table.Table` where that knows it."""
    rows, shares, moved = _scratch(field), _scratch(blend), np.empty((4, TILE), np.float32)
    template = np.zeros((2, 3, TILE), np.float32)
    points, carried, missing = np.arange(len(states)), np.empty((len(states), 3), np.float32), 0
    for start in range(0, len(states), TILE):
        tile = points[start : min(start + TILE, len(states))]
        _carried(field, blend, states, tile, rows, shares, moved, template)
        for lane in range(len(tile)):
            x, y, z = template[0, 0, lane], template[0, 1, lane], template[0, 2, lane]
            value = _interpolated(table, x, y, z)
            if np.isnan(value):
                value = np.float32(0.0)
                points[missing] = tile[lane]  # behind those that are yet to come
                carried[missing, 0], carried[missing, 1], carried[missing, 2] = x, y, z
                missing += 1
            out[tile[lane]] = value + moved[3, lane]
    values = np.empty(missing, np.float32)
    template_distance(sdf, carried[:missing], values)
    for number in range(missing):
        out[points[number]] += values[number]
