"""The loss terms by name: the paper's Eqns. 3 and 8 to 11, and the supervised stages.

Every function returns unweighted means in network units; `weighted` applies λ and sums (Eqn. 11).
"""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING

import torch
from torch.nn.functional import cosine_similarity

from facewright.core.network.jet import Jet
from facewright.core.parts import CODES

if TYPE_CHECKING:
    from collections.abc import Mapping

    from torch import Tensor

    from facewright.core.network.network import Conditioned, Network
    from facewright.core.parts import CodeName
    from facewright.train.config import LossWeights
    from facewright.train.sampling.draws import DistanceDraw, StageDraw
    from facewright.train.sampling.swap import PartSwap

Losses = dict[str, "Tensor"]
"""Unweighted terms by name. `NAME/stage` is the term NAME of one stage, weighted as NAME."""


def weighted(losses: Losses, weights: LossWeights) -> Tensor:
    """Eqn. 11: Σ λ · term."""
    factor = asdict(weights)
    return torch.stack([factor[name.partition("/")[0]] * value for name, value in losses.items()]).sum()


def total(losses: Mapping[str, float], weights: LossWeights) -> float:
    """The same of numbers."""
    factor = asdict(weights)
    return sum(factor[name.partition("/")[0]] * value for name, value in losses.items())


def stage_losses(network: Network, fixed: Conditioned, drawn: StageDraw) -> Losses:
    """Each stage's displacement against the known one (|x| + |y| + |z|), all stages side by side; the size of ε.

    Of the expression's stage the heads with expressions alone count; `neutral_expression` is the mean square of what it
    does to the others. End to end the ε of `sdf_losses` takes the place of this one.
    """
    losses: Losses = {}
    moved = network.side_by_side(drawn.points, fixed)
    errors = (moved[..., :3] - drawn.displacement).abs().sum(dim=-1)  # (S, B, N)
    for index, code in enumerate(network.config.stages):
        if code == "expression":
            moving, resting = errors.shape[1] // 2, moved[index, errors.shape[1] // 2 :]
            losses[f"stage/{code}"] = errors[index, :moving].mean()
            losses["neutral_expression"] = resting[..., :3].square().sum(dim=-1).mean()
        else:
            losses[f"stage/{code}"] = errors[index].mean()
    return {**losses, "correction": moved[-1, ..., 3].abs().mean()}


def generated_landmark_loss(generated: Mapping[CodeName, Tensor], landmarks: Tensor) -> Losses:
    """Eqn. 10, 𝒢: landmarks generated from the codes against true ones (S, B, L, 3), where each stage reads them."""
    return {"generated_landmarks": (torch.stack(list(generated.values())) - landmarks).abs().sum(dim=-1).mean()}


def deformed_landmark_loss(network: Network, fixed: Conditioned, landmarks: Tensor, template: Tensor) -> Losses:
    """Eqn. 10, 𝒟: each stage's true landmarks, carried by it and those after it, against the template's.

    landmarks : (S, B, L, 3), where each stage reads them (pₖ₋₁); template : (S, L, 3) on the template.
    """
    carried = landmarks[0][:, :0]
    for code, own in zip(network.config.stages, landmarks, strict=True):
        points = Jet.points(torch.cat([carried, own], dim=1), derivatives=False)
        carried = network.deform(points, fixed, [code]).states[-1].value
    return {"deformed_landmarks": (carried - template.flatten(0, 1)).abs().sum(dim=-1).mean()}


def graft_loss(maps: Tensor, swap: PartSwap, rims: Tensor, images: Tensor) -> Losses:
    """Where the windows sit: each component's rim carried by the predicted map against where it belongs.

    maps : (B, components, 3, 4); rims : (B, R, 3) and their images on the template, all components' in turn.
    """
    own = maps.index_select(1, swap.rim_component)
    error = (own[..., :3] * rims.unsqueeze(-2)).sum(dim=-1) + own[..., 3] - images
    return {"graft": (swap.rim_means @ error.abs().sum(dim=-1).mean(dim=0)).mean()}


def _with_neutral(start: Jet, count: int) -> Jet:
    """A jet of points with the first of them once more, as they lie after ExpNet and with derivatives by that place."""
    value, slopes = start.split()
    assert slopes is not None
    again = Jet.points(value[:, :count], derivatives=True).slopes
    both = torch.cat([value[:, : start.sloped], value[:, :count], value[:, start.sloped :]], dim=1)
    return Jet.joined(both, torch.cat([slopes, again], dim=2))


def sdf_losses(
    network: Network,
    fixed: Conditioned,
    drawn: DistanceDraw,
) -> Losses:
    """Eqns. 3 and 8: signed distance, normals, the Eikonal constraint and the size of the correction ε.

    gt is half of the mean |Φ| on the surface and half of the mean |Φ − s| about it; normal is mean(1 − cos∠(∇Φ, n)) and
    eikonal mean(||∇Φ| − 1|), both on the surface. The Eikonal term in the neutral space asks the same of Φ after
    ExpNet, at a quarter of these points, as the reference implementation does. A network without stages has neither
    that nor ε.
    """
    on, rest = drawn.surface.shape[1], -(-drawn.surface.shape[1] // 4)
    given = Jet.points(torch.cat([drawn.surface, drawn.space], dim=1), derivatives=on)
    start = network.deform(given, fixed, CODES[:1]).states[-1]
    deformed = network.deform(_with_neutral(start, rest), fixed, CODES[1:])
    distance = network.distance(deformed, fixed)
    at, near = distance.value[:, :on], distance.value[:, on + rest :, 0]
    gradient, neutral = distance.gradient.split([on, rest], dim=1)
    losses = {
        "gt": (at.abs().mean() + (near - drawn.distance).abs().mean()) / 2,
        "normal": (1.0 - cosine_similarity(gradient, drawn.normals, dim=-1)).mean(),
        "eikonal": (gradient.norm(dim=-1) - 1.0).abs().mean(),
    }
    if deformed.correction is not None:
        losses["neutral_eikonal"] = (neutral.norm(dim=-1) - 1.0).abs().mean()
        losses["correction"] = deformed.correction.value[:, : on + rest].abs().mean()
    return losses


def template_losses(network: Network, drawn: DistanceDraw) -> Losses:
    """SDFNet alone against the template's own signed distance (Eqns. 3 and 8 without deformation)."""
    on = drawn.surface.shape[1]
    distance = network.sdf(Jet.points(torch.cat([drawn.surface, drawn.space], dim=1), derivatives=on))
    value, gradient = distance.value[..., 0], distance.gradient
    near = value[:, on:]
    return {
        "gt": (value[:, :on].abs().mean() + (near - drawn.distance).abs().mean()) / 2,
        "normal": (1.0 - cosine_similarity(gradient, drawn.normals, dim=-1)).mean(),
        "eikonal": (gradient.norm(dim=-1) - 1.0).abs().mean(),
    }


def code_loss(codes: Mapping[CodeName, Tensor]) -> Losses:
    """Eqn. 9 as mean squares: Σₖ mean(zₖ²), of codes (B, d) float32."""
    return {"reg": torch.stack([code.square().mean() for code in codes.values()]).sum()}
