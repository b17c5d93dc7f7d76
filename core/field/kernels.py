"""The network's arithmetic on a CPU, compiled on first use and kept on disk: sine MLPs and windows at fixed codes.

torch spends more time in the sines of a narrow network than in its products, and in each operation on small arrays
longer still. Here points go through a whole MLP in tiles that stay in the first-level cache, without the GIL. Every
point of a tile is computed alike, so that its result is the same to the last bit whatever its neighbours are.

Activations are (channels, TILE) float32; points are (N, 3) float32 in the network frame; MLPs and windows are as
`core.field.packed` has them. All that is compiled into one another stands in this file: numba looks at no other to
see whether what it has kept is still right.
"""

from __future__ import annotations

import math

import numba
import numpy as np
from llvmlite import ir
from numba.core import cgutils, types
from numba.extending import intrinsic

from facewright.core.field.packed import OUTPUTS
from facewright.core.network.window_weight import HARMONICS
from facewright.core.parts import LANDMARKS_PER_STAGE

_LANES, _VECTORS = 8, 3
TILE = _LANES * _VECTORS
"""Points of a tile. With 4 outputs at a time they fill 12 vector registers of 8 floats, what the smallest of today's
processors has room for."""

_FAST = {"contract", "nsz", "nnan", "ninf", "arcp"}
"""What the compiler may assume. It may not reorder sums: the reduction in `_sines` rests on their order."""

_ROUND = np.float32(1.5 * 2**23)
_C1, _C3, _C5, _C7, _C9 = (np.float32(c) for c in (3.1415927, -5.1677103, 2.5500774, -0.5982904, 0.07765591))
"""sin πr for |r| ≤ 1/2, interpolated at Chebyshev nodes of r²: off by 1.5e-7 at most."""


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

        sums = [[cgutils.alloca_once(builder, vector) for _ in range(_VECTORS)] for _ in range(OUTPUTS)]
        for output, row in enumerate(sums):
            start = splat(builder.gep(base, [builder.add(bias, ir.IntType(64)(output))]))
            for total in row:
                builder.store(start, total)
        with cgutils.for_range(builder, inputs, intp=ir.IntType(64)) as loop:
            read = builder.gep(source, [builder.mul(loop.index, ir.IntType(64)(TILE))])
            values = [builder.load(pointer, align=4) for pointer in vectors(read)]
            pack = builder.gep(base, [builder.add(weights, builder.mul(loop.index, ir.IntType(64)(OUTPUTS)))])
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


@intrinsic
def _flipped(_typing, value, count):  # type: ignore[no-untyped-def]
    """A float32 with the other sign if the last bit of another is set."""

    def generate(context, builder, signature, arguments):  # type: ignore[no-untyped-def]
        bits, last = (builder.bitcast(argument, ir.IntType(32)) for argument in arguments)
        flipped = builder.xor(bits, builder.shl(last, ir.IntType(32)(31)))
        return builder.bitcast(flipped, ir.FloatType())

    return types.float32(types.float32, types.float32), generate


@numba.njit(fastmath=_FAST, nogil=True)
def _sines(rows):  # type: ignore[no-untyped-def]
    """Replace t, |t| < 2²², by sin πt in a flat array; the reduction to |r| ≤ 1/2 is exact."""
    for index in range(rows.size):
        t = rows[index]
        counted = t + _ROUND  # to the nearest whole number, whose last bit is the last of this
        r = t - (counted - _ROUND)
        q = r * r
        value = r * (_C1 + q * (_C3 + q * (_C5 + q * (_C7 + q * _C9))))
        rows[index] = _flipped(value, counted)  # type: ignore[call-arg]


@numba.njit(fastmath=_FAST, nogil=True)
def _mlp(numbers, table, rows):  # type: ignore[no-untyped-def]
    """Carry a tile through an MLP; rows : (2, widest, TILE), the input in rows[0]. Which of the two has the output."""
    here = 0
    for layer in range(len(table)):
        inputs, outputs, start = table[layer]
        bias = start + inputs * outputs
        for first in range(0, outputs, OUTPUTS):
            source, target = rows[here, 0].ctypes.data, rows[1 - here, first].ctypes.data
            _product(  # type: ignore[call-arg]
                numbers, start + first * inputs, bias + first, source, inputs, target
            )
        here = 1 - here
        if layer < len(table) - 1:
            _sines(rows[here, :outputs].reshape(-1))
    return here


@numba.njit(nogil=True)
def _scratch(mlp):  # type: ignore[no-untyped-def]
    """Two tiles as wide as the widest layer of a `core.field.packed.Packed`."""
    widest = 4
    for layer in range(len(mlp.table)):
        widest = max(widest, mlp.table[layer, 0], mlp.table[layer, 1])
    return np.zeros((2, widest, TILE), np.float32)


@numba.njit(fastmath=_FAST, nogil=True, inline="always")
def _faded(t):  # type: ignore[no-untyped-def]
    """1 for t ≤ 0, 0 for t ≥ 1 and 1 − t²(3 − 2t) between, as in `core.network.window_weight`."""
    t = min(max(t, np.float32(0.0)), np.float32(1.0))
    return np.float32(1.0) - t * t * (np.float32(3.0) - np.float32(2.0) * t)


@numba.njit(fastmath=_FAST, nogil=True)
def _window(windows, x, y, z):  # type: ignore[no-untyped-def]
    """The weight of a stage's windows (components, 29) at a point: `core.network.stage.Stage.weight`."""
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


@numba.njit(nogil=True, fastmath=_FAST)
def _shares(rows):  # type: ignore[no-untyped-def]
    """Softmax of the landmarks' channels of a tile, in place."""
    for lane in range(TILE):
        top = rows[0, lane]
        for channel in range(1, LANDMARKS_PER_STAGE):
            top = max(top, rows[channel, lane])
        total = np.float32(0.0)
        for channel in range(LANDMARKS_PER_STAGE):
            rows[channel, lane] = math.exp(rows[channel, lane] - top)
            total += rows[channel, lane]
        for channel in range(LANDMARKS_PER_STAGE):
            rows[channel, lane] /= total


@numba.njit(nogil=True)
def _loaded(states, points, rows):  # type: ignore[no-untyped-def]
    """Put states of up to TILE points, given by their index, into the first rows of a tile."""
    for lane in range(TILE):
        point = points[min(lane, len(points) - 1)]
        for axis in range(3):
            rows[0, axis, lane] = states[point, axis]


@numba.njit(nogil=True, fastmath=_FAST)
def _blended(field, blend, states, points, rows, shares, moved):  # type: ignore[no-untyped-def]
    """Σₗ ωₗ Dₗ (`core.network.stage.Stage.blended`) of up to TILE points into moved (channels, TILE)."""
    _loaded(states, points, shares)
    _loaded(states, points, rows)
    share = shares[_mlp(blend.numbers, blend.table, shares)]
    _shares(share)
    local = rows[_mlp(field.numbers, field.table, rows)]
    channels = len(moved)
    for channel in range(channels):
        for lane in range(TILE):
            moved[channel, lane] = share[0, lane] * local[channel, lane]
    for landmark in range(1, LANDMARKS_PER_STAGE):
        for channel in range(channels):
            for lane in range(TILE):
                moved[channel, lane] += share[landmark, lane] * local[landmark * channels + channel, lane]


@numba.njit(nogil=True, cache=True)
def move(field, blend, windows, states, inside, correction):  # type: ignore[no-untyped-def]
    """Carry states (N, 3), in place, through one stage.

    inside (N,) says which of them its window holds; correction : ε (N,) is written to, if the stage is the last, which
    has no window; else (0,).
    """
    is_last = len(correction) > 0
    rows, shares, moved = _scratch(field), _scratch(blend), np.empty((4 if is_last else 3, TILE), np.float32)
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
        _blended(field, blend, states, tile, rows, shares, moved)
        for lane in range(len(tile)):
            for axis in range(3):
                states[tile[lane], axis] += weight[tile[lane]] * moved[axis, lane]
            if is_last:
                correction[tile[lane]] = moved[3, lane]


@numba.njit(nogil=True, cache=True)
def template_distance(sdf, points, chosen, out):  # type: ignore[no-untyped-def]
    """SDFNet, network units, into out (N,), at those of points (N, 3) of the template's space that are chosen (M,)."""
    rows = _scratch(sdf)
    for start in range(0, len(chosen), TILE):
        tile = chosen[start : min(start + TILE, len(chosen))]
        _loaded(points, tile, rows)
        values = rows[_mlp(sdf.numbers, sdf.table, rows)]
        for lane in range(len(tile)):
            out[tile[lane]] = values[0, lane]


@numba.njit(nogil=True, cache=True, fastmath=True)
def heads(weight, bias, read, out):  # type: ignore[no-untyped-def]
    """A HyperNet's heads, weight (n, c) and bias (n,), of what they read (c,), into out (n,)."""
    for head in range(len(out)):
        total = np.float32(0.0)
        for channel in range(len(read)):
            total += weight[head, channel] * read[channel]
        out[head] = total + bias[head]
