"""The smallest conformed topology: one quad with UVs that hangs on four vertices of the production mesh's skin."""

import numpy as np

from facewright.core.conform.binding import Binding
from facewright.core.conform.conformed import Conformed
from facewright.core.conform.studio_mesh import Layout
from facewright.core.production.topology import bundled_topology


def quad_topology(name="quad"):
    """It hangs on one of the bundled topology's own quads."""
    topology = bundled_topology()
    own = topology.polygons[topology.polygons_of("skin")]
    corners = own[own[:, 3] >= 0][0].astype(np.int32)
    quad = np.arange(4, dtype=np.int32)[None]
    uv = np.array([[0, 0], [1, 0], [1, 1], [0, 1]], np.float32)
    zeros = np.zeros(1, np.int32)
    layout = Layout(quad, uv, quad[0], quad, ("head",), zeros, ("wax",), zeros)
    shares = np.tile(np.array([1, 0, 0], np.float32), (4, 1))
    flat = np.zeros((4, 3), np.float32)
    hung = np.repeat(corners[:, None], 3, axis=1)
    binding = Binding(hung, shares, flat, np.full(4, -1, np.int8), np.ones(4, np.float32))
    return Conformed(name, layout, binding, topology.neutral[corners], topology.fingerprint)
