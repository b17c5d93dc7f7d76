"""Which stages the network has, and how large they are."""

from __future__ import annotations

from dataclasses import dataclass

from facewright.core.errors import FacewrightError
from facewright.core.parts import CODES, CodeName


@dataclass(frozen=True)
class NetworkConfig:
    """Stages and sizes of the network. The defaults are the bundled model's; the paper's local width is 128.

    Raises FacewrightError if stages are out of order or the last of them is not RemNet.
    """

    stages: tuple[CodeName, ...] = CODES
    """The stages there are, in the cascade's order. The code of one that is left out is read by the last stage, and
    if there is none by SDFNet. The model has all of them; the methods it is compared with have fewer."""
    width: int = 64
    """Width of the stages' local fields."""
    layers: int = 5
    """Layers of a local field, and of SDFNet."""
    hyper_width: int = 64
    """Width of the HyperNets' hidden layer."""
    blend_width: int = 32
    """Width of the MLP that gives the blend weights of a stage's local fields."""
    landmark_width: int = 128
    """Width of the MLPs that predict landmarks and graft sites from the codes."""
    sdf_width: int = 128
    """Width of SDFNet."""
    omega: float = 30.0
    """ω₀ of the stages' sines."""
    sdf_omega: float = 60.0
    """ω₀ of SDFNet's: the template has finer creases than what deforms heads to it."""
    windows: bool = True
    """Confine each local part to its window; without, the model is the paper's."""
    direct: bool = True
    """The HyperNets' heads read the code itself beside the hidden layer; without, they are the paper's."""

    def __post_init__(self) -> None:
        """Check the stages; a file gives them as a list."""
        object.__setattr__(self, "stages", tuple(self.stages))
        ordered = tuple(code for code in CODES if code in self.stages)
        if self.stages != ordered or (ordered and ordered[-1] != CODES[-1]):
            raise FacewrightError(f"Stages are some of {', '.join(CODES)} in this order, the last of them among them.")

    def read_by(self, stage: CodeName) -> tuple[CodeName, ...]:
        """The codes that a stage reads: its own, the last one also those without a stage."""
        return tuple(code for code in CODES if code == stage or (stage == CODES[-1] and code not in self.stages))
