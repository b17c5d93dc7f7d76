"""Universal Scene Description: quads, UVs, materials, blendshapes and joints, in the binary form (.usdc).

Written by OpenUSD's own library, which the extra `usd` installs (https://openusd.org/release/api).
"""

from __future__ import annotations

import tempfile
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from facewright.core.errors import FacewrightError
from facewright.core.exchange.pbr_material import ENDINGS, image_file, linear_levels
from facewright.core.exchange.shape import UNITS_PER_MM, FileFormat

if TYPE_CHECKING:
    from collections.abc import Mapping

    from facewright.core.exchange.pbr_material import ImageUse, PbrMaterial
    from facewright.core.exchange.shape import LengthUnit, Shape

PACKAGE = "pxr"
"""What is imported of it."""
_MATERIALS = "materials"
"""Where they are, under the head."""


def to_usd(shape: Shape, unit: LengthUnit) -> bytes:
    """The file: one mesh under a skeleton's root, a subset of faces for each material; y is up.

    Blendshapes are of the names that the shape has them by. Raises FacewrightError if the library is not installed.
    """
    scene = _Scene(shape, unit)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "head.usdc"
        scene.stage.GetRootLayer().Export(str(path))
        return path.read_bytes()


def companions(shape: Shape) -> Mapping[str, bytes]:
    """The images that the materials name."""
    return {_file(shape, own, use): image for own in shape.materials for use, image in own.images.items()}


def _file(shape: Shape, material: PbrMaterial, use: ImageUse) -> str:
    return image_file(f"{shape.name}_usd", material, use)


def _pxr(module: str) -> Any:
    try:
        return import_module(f"{PACKAGE}.{module}")
    except ImportError as error:
        raise FacewrightError(
            'USD needs the package usd-core: install it with pip install "facewright[usd]", or choose another format.'
        ) from error


def _prim_name(name: str, taken: set[str]) -> str:
    """A name that USD takes, of letters, digits and underscores, and that nothing beside it has."""
    word = "".join(letter if letter.isascii() and letter.isalnum() else "_" for letter in name) or "_"
    word = word if not word[0].isdigit() else f"_{word}"
    number = 1
    while (own := word if number == 1 else f"{word}_{number}") in taken:
        number += 1
    taken.add(own)
    return own


class _Scene:
    """A stage with one head."""

    def __init__(self, shape: Shape, unit: LengthUnit) -> None:
        usd, self._geom, self._shade, self._skel = (_pxr(name) for name in ("Usd", "UsdGeom", "UsdShade", "UsdSkel"))
        self._sdf, self._gf, self._vt = (_pxr(name) for name in ("Sdf", "Gf", "Vt"))
        self._shape = shape
        self.stage = usd.Stage.CreateInMemory("head.usdc")
        self._geom.SetStageUpAxis(self.stage, self._geom.Tokens.y)
        self._geom.SetStageMetersPerUnit(self.stage, 0.001 / UNITS_PER_MM[unit])
        self.stage.GetRootLayer().comment = "\n".join(shape.notes)
        self._root = self._skel.Root.Define(self.stage, f"/{_prim_name(shape.name, set())}")
        self.stage.SetDefaultPrim(self._root.GetPrim())
        usd.ModelAPI(self._root.GetPrim()).SetKind("component")
        self._mesh = self._geom.Mesh.Define(self.stage, self._root.GetPath().AppendChild("mesh"))
        self._surface()
        self._materials()
        if shape.targets or shape.skeleton:
            self._skeleton()

    def _vectors(self, values: np.ndarray) -> Any:
        return self._vt.Vec3fArray.FromNumpy(np.ascontiguousarray(values, dtype=np.float32))

    def _indices(self, values: np.ndarray) -> Any:
        return self._vt.IntArray.FromNumpy(np.ascontiguousarray(values, dtype=np.int32))

    def _surface(self) -> None:
        """Points, faces, normals and UVs; nothing is to be subdivided unless the reader wants it."""
        shape, mesh = self._shape, self._mesh
        there = shape.faces >= 0
        mesh.CreatePointsAttr(self._vectors(shape.vertices))
        mesh.CreateFaceVertexCountsAttr(self._indices(there.sum(axis=1)))
        mesh.CreateFaceVertexIndicesAttr(self._indices(shape.faces[there]))
        mesh.CreateNormalsAttr(self._vectors(shape.normals))
        mesh.SetNormalsInterpolation(self._geom.Tokens.vertex)
        mesh.CreateSubdivisionSchemeAttr(self._geom.Tokens.none)
        mesh.CreateExtentAttr(self._vectors(np.stack([shape.vertices.min(axis=0), shape.vertices.max(axis=0)])))
        variables = self._geom.PrimvarsAPI(mesh)
        if shape.texture:
            kind = self._sdf.ValueTypeNames.TexCoord2fArray
            uv = variables.CreatePrimvar("st", kind, self._geom.Tokens.faceVarying)
            points = np.ascontiguousarray(shape.texture.points, dtype=np.float32)
            uv.Set(self._vt.Vec2fArray.FromNumpy(points))
            uv.SetIndices(self._indices(shape.texture.faces[there]))
        if shape.colours is not None:
            linear = self._vectors(linear_levels()[shape.colours])
            mesh.CreateDisplayColorPrimvar(self._geom.Tokens.vertex).Set(linear)

    def _materials(self) -> None:
        """A preview surface for each material, on the faces that it is of."""
        shape, taken = self._shape, set[str]()
        self._geom.Scope.Define(self.stage, self._root.GetPath().AppendChild(_MATERIALS))
        of_face = shape.face_material
        for number in np.unique(of_face).tolist():
            own = shape.materials[number]
            name = _prim_name(own.name, taken)
            subset = self._geom.Subset.CreateGeomSubset(
                self._mesh, name, self._geom.Tokens.face, self._indices(np.flatnonzero(of_face == number)),
                "materialBind", self._geom.Tokens.partition,
            )  # fmt: skip
            self._shade.MaterialBindingAPI.Apply(subset.GetPrim()).Bind(self._material(name, own))

    def _material(self, name: str, own: PbrMaterial) -> Any:
        kinds = self._sdf.ValueTypeNames
        path = self._root.GetPath().AppendChild(_MATERIALS).AppendChild(name)
        material = self._shade.Material.Define(self.stage, path)
        surface = self._shade.Shader.Define(self.stage, path.AppendChild("surface"))
        surface.CreateIdAttr("UsdPreviewSurface")
        roughness = surface.CreateInput("roughness", kinds.Float)
        roughness.Set(own.roughness)
        surface.CreateInput("metallic", kinds.Float).Set(0.0)
        colour, opacity = (
            surface.CreateInput(*each) for each in (("diffuseColor", kinds.Color3f), ("opacity", kinds.Float))
        )
        colour.Set(self._gf.Vec3f(*own.linear))
        opacity.Set(own.opacity)
        for use in own.images:
            texture = self._texture(path, own, use)
            if use == "colour":
                colour.ConnectToSource(texture.CreateOutput("rgb", kinds.Float3))
                if own.see_through:
                    opacity.ConnectToSource(texture.CreateOutput("a", kinds.Float))
            elif use == "rough":
                roughness.ConnectToSource(texture.CreateOutput("r", kinds.Float))
            else:
                texture.CreateInput("scale", kinds.Float4).Set(self._gf.Vec4f(2.0, 2.0, 2.0, 1.0))
                texture.CreateInput("bias", kinds.Float4).Set(self._gf.Vec4f(-1.0, -1.0, -1.0, 0.0))
                normal = surface.CreateInput("normal", kinds.Normal3f)
                normal.ConnectToSource(texture.CreateOutput("rgb", kinds.Float3))
        material.CreateSurfaceOutput().ConnectToSource(surface.ConnectableAPI(), "surface")
        return material

    def _texture(self, path: Any, own: PbrMaterial, use: ImageUse) -> Any:
        kinds = self._sdf.ValueTypeNames
        reader = self._shade.Shader.Define(self.stage, path.AppendChild("uv"))
        reader.CreateIdAttr("UsdPrimvarReader_float2")
        reader.CreateInput("varname", kinds.String).Set("st")
        texture = self._shade.Shader.Define(self.stage, path.AppendChild(f"image{ENDINGS[use]}"))
        texture.CreateIdAttr("UsdUVTexture")
        texture.CreateInput("file", kinds.Asset).Set(f"./{_file(self._shape, own, use)}")
        texture.CreateInput("sourceColorSpace", kinds.Token).Set("sRGB" if use == "colour" else "raw")
        for side in ("wrapS", "wrapT"):
            texture.CreateInput(side, kinds.Token).Set("repeat")
        texture.CreateInput("st", kinds.Float2).ConnectToSource(reader.CreateOutput("result", kinds.Float2))
        return texture

    def _skeleton(self) -> None:
        """Joints, or one that stays, since blendshapes belong to a skeleton; and the blendshapes with their weights."""
        shape, root = self._shape, self._root.GetPath()
        skeleton = self._skel.Skeleton.Define(self.stage, root.AppendChild("skeleton"))
        paths, places, parents = _joints(shape)
        above = np.where(parents[:, None] < 0, 0.0, places[parents])
        skeleton.CreateJointsAttr(paths)
        for attribute, at in (
            (skeleton.CreateBindTransformsAttr, places),
            (skeleton.CreateRestTransformsAttr, places - above),
        ):
            attribute(self._vt.Matrix4dArray([self._gf.Matrix4d().SetTranslate(self._gf.Vec3d(*p)) for p in at]))
        binding = self._skel.BindingAPI.Apply(self._mesh.GetPrim())
        binding.CreateSkeletonRel().SetTargets([skeleton.GetPath()])
        if shape.skeleton:
            count = shape.skeleton.which.shape[1]
            binding.CreateJointIndicesPrimvar(constant=False, elementSize=count).Set(
                self._indices(shape.skeleton.which.reshape(-1))
            )
            binding.CreateJointWeightsPrimvar(constant=False, elementSize=count).Set(
                self._vt.FloatArray.FromNumpy(np.ascontiguousarray(shape.skeleton.shares.reshape(-1), np.float32))
            )
        self._blendshapes(skeleton, binding)

    def _blendshapes(self, skeleton: Any, binding: Any) -> None:
        shape, taken = self._shape, set[str]()
        names = {_prim_name(name, taken): name for name in shape.targets}
        if not names:
            return
        targets = []
        for own, name in names.items():
            way = shape.targets[name] - shape.vertices
            moved = np.flatnonzero(np.abs(way).max(axis=1) > 0.0)
            target = self._skel.BlendShape.Define(self.stage, self._mesh.GetPath().AppendChild(own))
            target.CreateOffsetsAttr(self._vectors(way[moved]))
            target.CreatePointIndicesAttr(self._indices(moved))
            targets.append(target.GetPath())
        binding.CreateBlendShapesAttr(list(names))
        binding.CreateBlendShapeTargetsRel().SetTargets(targets)
        animation = self._skel.Animation.Define(self.stage, self._root.GetPath().AppendChild("strengths"))
        animation.CreateBlendShapesAttr(list(names))
        weights = [float(shape.weights.get(name, 0.0)) for name in names.values()]
        animation.CreateBlendShapeWeightsAttr(self._vt.FloatArray(weights))
        self._skel.BindingAPI.Apply(skeleton.GetPrim()).CreateAnimationSourceRel().SetTargets([animation.GetPath()])


def _joints(shape: Shape) -> tuple[list[str], np.ndarray, np.ndarray]:
    """Paths of the joints, such as neck/head/jaw, where they are (J, 3), and their parents (J,), −1 for the root."""
    if shape.skeleton is None:
        return ["root"], np.zeros((1, 3)), np.array([-1])
    paths: list[str] = []
    for joint, parent in zip(shape.skeleton.joints, shape.skeleton.parents, strict=True):
        paths.append(joint.name if parent < 0 else f"{paths[parent]}/{joint.name}")
    return paths, shape.skeleton.places, np.array(shape.skeleton.parents)


USD = FileFormat(
    "usdc",
    to_usd,
    "Houdini, Maya, Blender, Omniverse",
    "Quads, UVs, materials, morph targets, joints; images beside it",
    unit="m",
    morphs=True,
    companions=companions,
)
