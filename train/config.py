"""What a training run is: everything that decides its outcome, in one frozen value saved beside it."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field, fields
from importlib.resources import files
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Annotated, Any, Literal, TypeVar, get_args, get_origin, get_type_hints

import tyro

from facewright.core.atomic_file import write_atomically
from facewright.core.errors import FacewrightError
from facewright.core.input_file import read_json
from facewright.core.network.config import NetworkConfig
from facewright.train.data.people import People

if TYPE_CHECKING:
    from collections.abc import Mapping


CONFIG = "config.json"
"""The configuration's name in a run's folder."""


@dataclass(frozen=True)
class LossWeights:
    """λ of every loss term; the paper's (4.2) where it gives one, for lengths in network units."""

    stage: float = 3e3
    """Supervised displacements of the stages (|x| + |y| + |z|); the paper has none."""
    gt: float = 3e3
    """Signed distance, Eqn. 8."""
    eikonal: float = 50.0
    """|∇Φ| = 1 on the surface, Eqn. 3."""
    neutral_eikonal: float = 50.0
    """The same after ExpNet, as in the reference implementation."""
    normal: float = 100.0
    """∇Φ along the surface normal, Eqn. 3."""
    deformed_landmarks: float = 100.0
    """Landmarks carried to the template's by the whole cascade, Eqn. 10; end to end."""
    generated_landmarks: float = 1e3
    """Landmarks predicted from the codes, Eqn. 10."""
    graft: float = 1e3
    """Graft sites predicted from the remainder's code; they place the windows."""
    correction: float = 100.0
    """Size of the correction ε."""
    neutral_expression: float = 1e4
    """ExpNet's displacement of neutral heads, as in the reference implementation."""
    reg: float = 0.1
    """Mean squared codes, Eqn. 9. Far below the paper's 1e6: its codes start at 0.01 and have to be held
    together; ours start from principal components, with a standard deviation of 1, where that weight would
    only pull them off the answer."""


@dataclass(frozen=True)
class TrainConfig:
    """A training run: a schedule over the share of its minutes (or steps) that is spent."""

    data: str
    """Source of heads, such as ict:FOLDER with an ICT-FaceKit FaceXModel folder. Given again, as in --data ict:FOLDER
    --data anny:, it names further ones, as `also` does."""
    also: Annotated[tuple[str, ...], tyro.conf.UseAppendAction] = ()
    """Further sources that are learnt in the same model, in the topology of the first."""
    shares: tuple[float, ...] = ()
    """Share of the draws that each source has, the first one first; equal ones if none are given."""
    start_from: Annotated[str | None, tyro.conf.arg(name="from")] = None
    """Model file to start from, whose network, frame and template are kept: a fine-tuning on heads of any topology."""
    subjects: int | None = None
    """Use only the first so many training subjects of each source."""
    minutes: float = 60.0
    """How long to train, in all; time spent before a resumption counts."""
    steps: int | None = None
    """How many steps to train, in all, instead of minutes, which makes a run reproducible to the bit; minutes given
    alone take the place of steps that a file or the run has."""
    seed: int = 0
    """Seed of the initialisation and of every draw."""
    device: str | None = None
    """Where to train, cpu, cuda or cuda:1 (the second GPU); by default CUDA, or else the CPU."""
    codes: Literal["principal", "random"] = "principal"
    """Where codes start: at principal components of what they stand for, or as in the paper at random about 0."""
    collar: bool = True
    """Carry a swap's residual into the collar; without, swaps are the paper's plain affine ones."""
    face_landmarks: bool = False
    """Give every stage the same five landmarks, tip of the nose and corners of eyes and mouth (paper 4.5)."""
    template_share: float = 0.1
    """Share of the run for fitting SDFNet to the template; 0 to learn the template with everything else."""
    stage_share: float = 0.58
    """Share of the run for stage supervision, 0 for none; the rest trains end to end."""
    decay: Literal["cosine", "paper"] = "cosine"
    """How learning rates fall end to end: along a cosine, or by the paper's twentieth every ten of its epochs."""
    heads: int = 32
    """Heads a step, half with expressions and half composites; end to end, half of them with signed distances."""
    stage_points: int = 160
    """Points a head, step and stage with known displacement."""
    surface_points: int = 128
    """Points a head and step on the surface, with normals."""
    space_points: int = 256
    """Points a head and step with exact signed distances."""
    pool_heads: int = 1000
    """Heads whose signed distances are sampled, in processes of their own while the run learns, and drawn from."""
    pool_renewal: int = 20
    """Steps end to end after which four of them give way to new ones."""
    pool_points: int = 3000
    """Points sampled for each of them."""
    sdf_learning_rate: float = 5e-4
    """Peak learning rate of SDFNet on the template."""
    end_sdf_learning_rate: float = 2e-5
    """Peak learning rate of SDFNet end to end: low, or it forgets the template while the stages settle."""
    learning_rate: float = 7e-5
    """Peak learning rate of the HyperNets, from stage supervision on."""
    end_learning_rate: float = 5e-5
    """Peak learning rate of the HyperNets in a run that trains end to end alone, without stage supervision."""
    code_learning_rate: float = 5e-5
    """Peak learning rate of the codes."""
    checkpoint_seconds: float = 120.0
    """Time between two checkpoints."""
    held_out_seconds: float = 30.0
    """Time between two measurements on heads of the validation split, longer if they would take more than three
    hundredths of the run; 0 for none."""
    people: People = field(default_factory=People)
    """How subjects are drawn beside those of a data set's benchmark."""
    network: NetworkConfig = field(default_factory=NetworkConfig)
    weights: LossWeights = field(default_factory=LossWeights)

    def save(self, path: Path) -> None:
        """Write as JSON."""
        write_atomically(path, (json.dumps(asdict(self), indent=2) + "\n").encode())

    @classmethod
    def load(cls, path: Path, **others: Any) -> TrainConfig:
        """Read what `save` wrote, or a file with only what differs from the defaults.

        others : of fields that the file leaves out, what to take in the defaults' place. Raises FacewrightError if the
        file is missing, not a training run's, names what there is not, or if a value cannot be.
        """
        try:
            record: dict[str, Any] = read_json(path)
            network = _made(NetworkConfig, record.pop("network", {}), path)
            weights = _made(LossWeights, record.pop("weights", {}), path)
            people = _made(People, record.pop("people", {}), path)
            return _made(cls, {**record, "network": network, "weights": weights, "people": people}, path, others)
        except FileNotFoundError as error:
            raise FacewrightError(_missing(path)) from error
        except (OSError, ValueError, TypeError, KeyError, AttributeError) as error:
            raise FacewrightError(
                f"{path} is not the configuration of a training run: give the run's folder, or a JSON file with the "
                "source of heads as data and whatever else differs from the defaults."
            ) from error

    @property
    def sources(self) -> tuple[str, ...]:
        """All sources of heads, the one whose topology is learnt in first."""
        return (self.data, *self.also)

    def __post_init__(self) -> None:
        """Refuse values that cannot be trained with."""
        may_be_0 = ("seed", "held_out_seconds", "template_share", "stage_share")
        values = {f: getattr(settings, f.name) for settings in (self, self.network) for f in fields(settings)}
        for each, value in values.items():
            if each.type in ("int", "float") and each.name not in may_be_0 and not value > 0:
                raise FacewrightError(f"{each.name.replace('_', ' ')} must be more than 0.")
            if each.type in ("int", "float") and not value <= _LARGEST:
                raise FacewrightError(f"{each.name.replace('_', ' ')} must be {_LARGEST:,} at most.")
        if self.seed < 0:
            raise FacewrightError("seed must not be less than 0.")
        for name, weight in asdict(self.weights).items():
            if not 0.0 <= weight <= _LARGEST:
                raise FacewrightError(f"The weight of {name.replace('_', ' ')} must be 0 to {_LARGEST:,}.")
        if min(self.template_share, self.stage_share) < 0.0:
            raise FacewrightError("template share and stage share must not be less than 0.")
        if self.template_share + self.stage_share >= 1.0:
            raise FacewrightError("template share and stage share must leave time for the end-to-end training.")
        if not all(0.0 < share <= _LARGEST for share in self.shares):
            raise FacewrightError(f"Each source's share of the draws must be more than 0 and {_LARGEST:,} at most.")
        if self.heads < 4 or (self.steps is not None and self.steps < 1):
            raise FacewrightError("A step needs at least 4 heads, a run at least 1 step.")


def _missing(path: Path) -> str:
    """What to say of a configuration that is not there."""
    if path.name != CONFIG:
        return f"There is no file at {path}: check the path."
    why = f"it holds no {CONFIG}" if path.parent.is_dir() else "there is no such folder"
    return f"There is no run in {path.parent}, {why}: check the path."


_LARGEST = 10**9

Preset = Literal["paper", "people"]

PRESETS: tuple[Preset, ...] = get_args(Preset)
"""Configurations that ship with the program. paper: Gu and Pears' model to the letter; people: a model of all ages, of
two sources and noses that patients have. train/RECIPE.md explains both."""


def preset_file(preset: Preset) -> Path:
    """Where the settings of a preset lie that differ from the defaults."""
    return Path(str(files("facewright.resources"))) / "presets" / f"{preset}.json"


_Settings = TypeVar("_Settings", TrainConfig, NetworkConfig, LossWeights, People)

_IN_WORDS = {int: "a whole number", float: "a number", bool: "true or false", str: "text"}


def _made(
    kind: type[_Settings], values: dict[str, Any], path: Path, others: Mapping[str, Any] = MappingProxyType({})
) -> _Settings:
    """Settings of a kind with the values of a file, and of `others` where it has none.

    Raises FacewrightError if there is no such field, or a value is of another type than its field's.
    """
    types = get_type_hints(kind)
    for name, value in values.items():
        if name not in types:
            raise FacewrightError(f"{path}: there is no setting {name!r}: correct it, or take it out.")
        wanted = get_args(types[name]) or (types[name],)  # those of `int | None`
        if get_origin(types[name]) is tuple and wanted[0] in _IN_WORDS:
            values[name] = _listed(name, value, wanted[0], path)
            continue
        if isinstance(wanted[0], str) and value not in wanted:
            raise FacewrightError(
                f"{path}: {name.replace('_', ' ')} is {json.dumps(value)}: choose {' or '.join(wanted)}."
            )
        number = isinstance(value, int) and not isinstance(value, bool) and float in wanted
        if wanted[0] in _IN_WORDS and type(value) not in wanted and not number:
            raise FacewrightError(
                f"{path}: {name.replace('_', ' ')} is {json.dumps(value)}, not {_IN_WORDS[wanted[0]]}: correct it."
            )
    return kind(**{**others, **values})


def _listed(name: str, value: object, wanted: type, path: Path) -> tuple[Any, ...]:
    """A list of a file as a tuple; FacewrightError if it is none, or of values of another type."""
    kinds = (int, float) if wanted is float else (wanted,)
    if not isinstance(value, (list, tuple)) or any(type(each) not in kinds for each in value):
        raise FacewrightError(
            f"{path}: {name.replace('_', ' ')} is {json.dumps(value)}, not a list, each {_IN_WORDS[wanted]}."
        )
    return tuple(wanted(each) for each in value)
