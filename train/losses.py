"""The loss terms by name: the paper's Eqns. 3 and 8 to 11, and the supervised stages.

Every function returns unweighted means in network units; `weighted` applies λ and sums (Eqn. 11).
"""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING

import torch
from torch.nn.functional import cosine_similarity

from core.model.jet import Jet
from core.parts import CODES, CodeName
from train.sampling.swap import apply_affine

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from torch import Tensor

    from core.model.network import Conditioned, Network
    from train.config import LossWeights
    from train.sampling.points import SpacePoints, StagePoints, SurfacePoints

Losses = dict[str, "Tensor"]
"""Unweighted terms by name. `NAME/stage` is the term NAME of one stage, weighted as NAME."""


def weighted(losses: Losses, weights: LossWeights) -> Tensor:
    """Eqn. 11: Σ λ · term."""
    factor = asdict(weights)
    return torch.stack([factor[name.partition("/")[0]] * value for name, value in losses.items()]).sum()


def stage_losses(network: Network, fixed: Conditioned, points: Mapping[CodeName, StagePoints]) -> Losses:
    """Each stage's displacement against the known one (|x| + |y| + |z|), all stages side by side; the size of ε."""
    losses: Losses = {}
    for code, sample in points.items():
        moved = network.stage(code)(Jet.points(sample.points, derivatives=False), fixed.stages[code]).value
        error = (moved[..., :3] - sample.displacement).abs().sum(dim=-1)
        if code == "expression":
            losses[f"stage/{code}"] = error[: sample.expressive].mean()
            losses["neutral_expression"] = moved[sample.expressive :].square().sum(dim=-1).mean()
        else:
            losses[f"stage/{code}"] = error.mean()
        if code == CODES[-1]:
            losses["correction"] = moved[..., 3].abs().mean()
    return losses


def generated_landmark_loss(
    network: Network, codes: Mapping[CodeName, Tensor], landmarks: Mapping[CodeName, Tensor]
) -> Losses:
    """Eqn. 10, 𝒢: landmarks generated from the codes against true ones, per stage (B, L, 3), where it reads them."""
    generated = network.landmarks(codes)
    terms = [(generated[code] - true).abs().sum(dim=-1).mean() for code, true in landmarks.items()]
    return {"generated_landmarks": torch.stack(terms).mean()}


def deformed_landmark_loss(
    network: Network,
    fixed: Conditioned,
    landmarks: Mapping[CodeName, Tensor],
    template: Mapping[CodeName, Tensor],
) -> Losses:
    """Eqn. 10, 𝒟: each stage's true landmarks, carried by it and those after it, against the template's.

    landmarks : per stage (B, L, 3), where it reads them (pₖ₋₁); template : per stage (L, 3) on the template.
    """
    carried = next(iter(landmarks.values()))[:, :0]
    for code, own in landmarks.items():
        points = Jet.points(torch.cat([carried, own], dim=1), derivatives=False)
        carried = network.deform(points, fixed, [code]).states[-1].value
    goal = torch.cat([template[code] for code in landmarks])
    return {"deformed_landmarks": (carried - goal).abs().sum(dim=-1).mean()}


def graft_loss(
    network: Network, remainder: Tensor, sites: Mapping[CodeName, Sequence[tuple[Tensor, Tensor]]]
) -> Losses:
    """Where the windows sit: each component's rim carried by the predicted map against where it belongs.

    remainder : codes (B, d); sites : per part and component, rims (B, R, 3) and their images on the template.
    """
    if network.grafts is None:
        return {}
    maps = network.grafts(remainder)
    terms = [
        (apply_affine(maps[part][:, index], rim) - image).abs().sum(dim=-1).mean()
        for part, components in sites.items()
        for index, (rim, image) in enumerate(components)
    ]
    return {"graft": torch.stack(terms).mean()}


def sdf_losses(
    network: Network,
    fixed: Conditioned,
    surface: SurfacePoints,
    space: SpacePoints,
) -> Losses:
    """Eqns. 3 and 8: signed distance, normals, the Eikonal constraint and the size of the correction ε.

    The Eikonal term in the neutral space asks the same of Φ after ExpNet, as the reference implementation does.
    A network without stages has neither that nor ε.
    """
    near = network(Jet.points(space.points, derivatives=False), fixed).value[..., 0]
    start = network.deform(Jet.points(surface.points, derivatives=True), fixed, CODES[:1]).states[-1]
    at_rest = Jet.points(start.value[:, ::4], derivatives=True)
    deformed = network.deform(Jet(torch.cat([start.rows, at_rest.rows], dim=2)), fixed, CODES[1:])
    both = network.distance(deformed, fixed).rows
    on, neutral = (Jet(rows) for rows in both.split([start.rows.shape[2], at_rest.rows.shape[2]], dim=2))
    losses = {
        "gt": (on.value.abs().mean() + (near - space.distance).abs().mean()) / 2,
        "normal": (1.0 - cosine_similarity(on.gradient, surface.normals, dim=-1)).mean(),
        "eikonal": (on.gradient.norm(dim=-1) - 1.0).abs().mean(),
    }
    if deformed.correction is not None:
        losses["neutral_eikonal"] = (neutral.gradient.norm(dim=-1) - 1.0).abs().mean()
        losses["correction"] = deformed.correction.value.abs().mean()
    return losses


def template_losses(network: Network, surface: SurfacePoints, space: SpacePoints) -> Losses:
    """SDFNet alone against the template's own signed distance (Eqns. 3 and 8 without deformation)."""
    on = network.sdf(Jet.points(surface.points, derivatives=True))
    near = network.sdf(Jet.points(space.points, derivatives=False)).value[..., 0]
    return {
        "gt": (on.value.abs().mean() + (near - space.distance).abs().mean()) / 2,
        "normal": (1.0 - cosine_similarity(on.gradient, surface.normals, dim=-1)).mean(),
        "eikonal": (on.gradient.norm(dim=-1) - 1.0).abs().mean(),
    }


def code_loss(codes: Mapping[CodeName, Tensor]) -> Losses:
    """Eqn. 9 as mean squares: the codes' size."""
    return {"reg": torch.stack([code.square().mean() for code in codes.values()]).sum()}
