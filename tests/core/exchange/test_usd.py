"""USD files, read back by OpenUSD's own library where the extra is installed."""

import numpy as np
import pytest

from facewright.core.errors import FacewrightError
from facewright.core.exchange import formats
from facewright.core.exchange.pbr_material import PbrMaterial
from facewright.core.exchange.shape import Shape, TextureMap
from facewright.core.exchange.skeleton import Skeleton, strongest
from facewright.core.exchange.usd import USD, companions, to_usd
from facewright.core.production.skeleton import Joint

VERTICES = np.array([[0, 0, 0], [1, 0, 0], [1, 1, 0], [0, 1, 0], [0.5, 0.5, 1]], np.float32)
FACES = np.array([[0, 3, 2, 1], [0, 1, 4, -1], [1, 2, 4, -1], [2, 3, 4, -1], [3, 0, 4, -1]], np.int32)
UV = TextureMap(np.array([[0, 0], [1, 0], [1, 1], [0, 1], [0.5, 0.5]], np.float32), np.arange(5, dtype=np.int32), FACES)
MATERIALS = (
    PbrMaterial("skin", (0.5, 0.4, 0.3), relief=b"\x89P", rough=b"\x89PN"),
    PbrMaterial("iris", image=b"\x89PNG", see_through=True),
)


def shape():
    joints = (Joint("neck", None, np.array([0, -1, 0])), Joint("head", "neck", np.array([0, 0, 0.5])))
    return Shape(
        "a head",
        VERTICES,
        FACES,
        ("synthetic",),
        UV,
        targets={"jawOpen": VERTICES + np.array([[0, 0, 0]] * 4 + [[0, -1, 0]], np.float32)},
        weights={"jawOpen": 0.5},
        materials=MATERIALS,
        material=np.array([0, 0, 0, 0, 1]),
        skeleton=Skeleton(joints, *strongest(np.tile([0.25, 0.75], (5, 1)))),
    )


def test_a_stage_gives_back_what_was_written(tmp_path):
    usd = pytest.importorskip("pxr.Usd")
    from pxr import UsdGeom, UsdShade, UsdSkel

    path = tmp_path / "head.usdc"
    path.write_bytes(to_usd(shape(), "m"))
    stage = usd.Stage.Open(str(path))
    assert UsdGeom.GetStageMetersPerUnit(stage) == 1.0
    assert usd.ModelAPI(stage.GetDefaultPrim()).GetKind() == "component"
    assert UsdGeom.Scope(stage.GetPrimAtPath("/a_head/materials"))
    mesh = UsdGeom.Mesh(stage.GetPrimAtPath("/a_head/mesh"))
    np.testing.assert_array_equal(mesh.GetPointsAttr().Get(), VERTICES)
    assert list(mesh.GetFaceVertexCountsAttr().Get()) == [4, 3, 3, 3, 3]
    assert list(mesh.GetFaceVertexIndicesAttr().Get())[:7] == [0, 3, 2, 1, 0, 1, 4]
    uv = UsdGeom.PrimvarsAPI(mesh).GetPrimvar("st")
    np.testing.assert_array_equal(uv.ComputeFlattened()[:4], UV.points[[0, 3, 2, 1]])
    subsets = {each.GetPrim().GetName(): each for each in UsdGeom.Subset.GetAllGeomSubsets(mesh)}
    assert list(subsets["iris"].GetIndicesAttr().Get()) == [4]
    material, _ = UsdShade.MaterialBindingAPI(subsets["iris"].GetPrim()).ComputeBoundMaterial()
    image = UsdShade.Shader(stage.GetPrimAtPath(material.GetPath().AppendChild("image")))
    assert image.GetInput("file").Get().path == "./a_head_usd_iris.png"
    skin, _ = UsdShade.MaterialBindingAPI(subsets["skin"].GetPrim()).ComputeBoundMaterial()
    surface = UsdShade.Shader(stage.GetPrimAtPath(skin.GetPath().AppendChild("surface")))
    for name, ending in (("normal", "_normal"), ("roughness", "_roughness")):
        source = UsdShade.Shader(surface.GetInput(name).GetConnectedSources()[0][0].source.GetPrim())
        assert source.GetInput("file").Get().path == f"./a_head_usd_skin{ending}.png"
        assert source.GetInput("sourceColorSpace").Get() == "raw"
    target = UsdSkel.BlendShape(stage.GetPrimAtPath("/a_head/mesh/jawOpen"))
    assert list(target.GetPointIndicesAttr().Get()) == [4]
    np.testing.assert_array_equal(target.GetOffsetsAttr().Get(), [[0, -1, 0]])
    animation = UsdSkel.Animation(stage.GetPrimAtPath("/a_head/strengths"))
    assert list(animation.GetBlendShapeWeightsAttr().Get()) == [0.5]
    skeleton = UsdSkel.Skeleton(stage.GetPrimAtPath("/a_head/skeleton"))
    assert list(skeleton.GetJointsAttr().Get()) == ["neck", "neck/head"]
    assert skeleton.GetRestTransformsAttr().Get()[1].ExtractTranslation() == (0.0, 1.0, 0.5)
    shares = UsdSkel.BindingAPI(mesh).GetJointWeightsPrimvar().Get()
    np.testing.assert_allclose(np.reshape(shares, (5, -1)).sum(axis=1), 1.0, atol=1e-6)


def test_vertices_have_the_colours_that_materials_would_give_them(tmp_path):
    usd = pytest.importorskip("pxr.Usd")
    from pxr import UsdGeom

    levels = np.array([[0, 5, 10], [20, 40, 80], [128, 160, 200], [220, 255, 1], [2, 3, 4]], np.uint8)
    path = tmp_path / "head.usdc"
    path.write_bytes(to_usd(Shape("a head", VERTICES, FACES, colours=levels), "m"))
    stage = usd.Stage.Open(str(path))
    mesh = UsdGeom.Mesh(stage.GetPrimAtPath("/a_head/mesh"))
    linear = [PbrMaterial("skin", tuple(colour)).linear for colour in (levels / 255.0).tolist()]
    np.testing.assert_allclose(mesh.GetDisplayColorAttr().Get(), linear, rtol=1e-6)


def test_the_images_lie_beside_it():
    assert companions(shape()) == {
        "a_head_usd_iris.png": b"\x89PNG",
        "a_head_usd_skin_normal.png": b"\x89P",
        "a_head_usd_skin_roughness.png": b"\x89PN",
    }


def test_without_the_library_it_is_not_offered_and_says_what_to_install(tmp_path, monkeypatch):
    monkeypatch.setattr(formats, "_ALL", tuple(each for each in formats._ALL if each is not USD))
    with pytest.raises(FacewrightError, match=r"facewright\[usd\]"):
        formats.file_format(tmp_path / "head.usdc")
    monkeypatch.setattr("facewright.core.exchange.usd.PACKAGE", "no_such_package")
    with pytest.raises(FacewrightError, match="usd-core"):
        to_usd(shape(), "mm")
