"""How light meets the surface: fragment shaders, made here, in place of VTK's own lighting.

Every shade is a function of the normal as the camera sees it (x right, y up, z towards the camera), so the light
stays with the viewer, as in a sculptor's studio with the lamps on the camera's stand. The key lamp changes sides with
the face: seen from the subject's right the face looks to the right, where a lamp at the left would leave it in shadow.
A person can carry the lamps round. No picture is looked up.
"""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Literal

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pyvista

Colour = tuple[float, float, float]
Shade = Literal["studio", "clay", "pearl", "zebra"]

SKIN_NEUTRAL: Colour = (0.80, 0.69, 0.62)
"""sRGB of the surface where nothing else colours it: clay, a little warm, no one's skin."""

_PLACE = "//VTK::TCoord::Impl"
"""Behind VTK's own lighting, whose colour is replaced; a single headlight keeps that cheap and the normals there."""
GAMMA = 2.2
"""Of sRGB, nearly."""

_SIDE, _TURN, _FULLY_LIT = "lampSide", "lampTurn", "fullyLit"
_CHANGES_SIDE = (-0.15, -0.75)
"""Sine of the camera's azimuth between which the lamps change sides."""


def _toward(direction: tuple[float, float, float]) -> str:
    """GLSL of the unit vector to a lamp, on the side and turned as the uniforms say."""
    x, y, z = direction
    return (
        f"normalize(vec3({x:.4f} * {_SIDE} * {_TURN}.x + {z:.4f} * {_TURN}.y, {y:.4f}, "
        f"{z:.4f} * {_TURN}.x - {x:.4f} * {_SIDE} * {_TURN}.y))"
    )


def _list(values: tuple[float, ...]) -> str:
    return ", ".join(f"{value:.4f}" for value in values)


@dataclass(frozen=True)
class Lamp:
    """A large soft lamp at infinity.

    direction : to the lamp, seen from the camera, of any length; colour : linear RGB, times its intensity;
    wrap : how far round the surface the light creeps, 0 (a spot) to 1 (the sky).
    """

    direction: tuple[float, float, float]
    colour: Colour
    wrap: float

    def glsl(self) -> str:
        """Add the lamp's diffuse and specular light to `diffuse` and `gloss`."""
        return f"""
        {{
            vec3 toLamp = {_toward(self.direction)};
            vec3 lamp = vec3({_list(self.colour)});
            float lit = max(0.0, (dot(N, toLamp) + {self.wrap:.3f}) / {1 + self.wrap:.3f});
            // Light that enters skin comes out beside where it entered, the red furthest: the terminator is warm.
            diffuse += lamp * pow(vec3(lit), vec3(1.0, 1.18, 1.3));
            float highlight = max(0.0, dot(N, normalize(toLamp + vec3(0.0, 0.0, 1.0))));
            gloss += lamp * (0.055 * pow(highlight, 18.0) + 0.05 * pow(highlight, 70.0));
        }}"""


STUDIO = (
    Lamp((-0.95, 0.88, 0.85), (0.965, 0.925, 0.87), 0.15),
    Lamp((1.0, -0.05, 0.6), (0.24, 0.22, 0.21), 0.5),
    Lamp((0.9, 0.7, -0.6), (0.62, 0.64, 0.68), 0.0),
)
"""Key from the upper left, a fill from the right that leaves skin its colour, and a cool rim from behind."""


def studio() -> str:
    """Diffuse, glossy and Fresnel light of `STUDIO` under a soft sky, on the surface's own colour."""
    return f"""
        vec3 diffuse = mix(vec3(0.03, 0.026, 0.025), vec3(0.112, 0.11, 0.112), 0.5 + 0.5 * N.y);
        vec3 gloss = vec3(0.0);
        {"".join(lamp.glsl() for lamp in STUDIO)}
        // What looks down mirrors the dark below.
        float edge = pow(1.0 - clamp(N.z, 0.0, 1.0), 4.0) * smoothstep(-0.9, 0.2, N.y);
        // What little light reaches makes no highlights either.
        float open = clamp(dot(albedo, vec3(0.333)) / {_FULLY_LIT}, 0.0, 1.0);
        vec3 shaded = albedo * diffuse + open * (gloss + edge * vec3(0.07, 0.075, 0.085));"""


CLAY = f"""
        float key = smoothstep(-0.55, 1.0, dot(N, {_toward((-0.45, 0.65, 0.62))}));
        float fill = smoothstep(-0.2, 1.0, dot(N, {_toward((0.8, -0.15, 0.5))}));
        float rim = pow(1.0 - clamp(N.z, 0.0, 1.0), 2.5);
        float spark = pow(max(0.0, dot(N, {_toward((-0.28, 0.42, 0.86))})), 40.0);
        vec3 shaded = albedo * (vec3(0.06, 0.05, 0.06) + vec3(0.92, 0.90, 0.86) * key * key
            + vec3(0.12, 0.15, 0.20) * fill) + vec3(0.10) * spark + vec3(0.10, 0.12, 0.16) * rim * (0.3 + 0.7 * key);"""
"""A matcap of matt clay: one broad light, darker towards the outline, so that form reads at a glance."""

PEARL = f"""
        float up = 0.5 + 0.5 * N.y;
        float key = smoothstep(0.0, 1.0, dot(N, {_toward((-0.35, 0.6, 0.72))}));
        float window = smoothstep(0.93, 0.965, dot(N, {_toward((-0.38, 0.5, 0.78))}));
        float rim = pow(1.0 - clamp(N.z, 0.0, 1.0), 3.0);
        vec3 shaded = mix(albedo, vec3(0.62), 0.55) * (mix(vec3(0.10, 0.11, 0.14), vec3(0.34, 0.36, 0.40), up)
            + 0.75 * key) + 0.38 * window + rim * vec3(0.16, 0.20, 0.28);"""
"""A glossy matcap: its hard highlight runs over every dent that a soft light would hide."""

ZEBRA = """
        float height = atan(N.y, N.z) * 6.0;
        float stripe = smoothstep(-0.18, 0.18, sin(height * 2.0));
        vec3 shaded = albedo * mix(0.16, 0.95, stripe) * (0.55 + 0.45 * clamp(N.z, 0.0, 1.0));"""
"""Stripes of reflected light: where the surface bends smoothly they are smooth, where it has a seam they break."""

_MIRRORED = (-0.2, 0.17, 0.96)
"""Where a round wet surface mirrors the key lamp: a little nearer to the middle than the lamp's angle would have it, as
in pictures of people, who look past the lens."""


def mirrored() -> str:
    """GLSL of what is clear: the key lamp's image, and nothing else."""
    return f"""{{
        float toward = dot(normalize(normalVCVSOutput), {_toward(_MIRRORED)});
        gl_FragData[0] = vec4(1.0, 0.985, 0.96, 0.85 * smoothstep(0.972, 0.988, toward));
        }}"""


_GLSL: Mapping[Shade, str] = MappingProxyType({"studio": studio(), "clay": CLAY, "pearl": PEARL, "zebra": ZEBRA})


def apply_shade(actor: pyvista.Actor, shade: Shade) -> None:
    """Light an actor, whose mesh has normals, by a shade; the same actor may change its shade at any time."""
    apply_fragment(actor, _fragment(_GLSL[shade]))


def light_from(actor: pyvista.Actor, azimuth: float, turn: float) -> None:
    """Put an actor's lamps on the side to which the face looks, seen from `azimuth`, and carry them on by `turn`.

    Both in degrees. A shade must be applied already.
    """
    first, last = _CHANGES_SIDE
    share = float(np.clip((np.sin(np.radians(azimuth)) - first) / (last - first), 0.0, 1.0))
    side, angle = 1.0 - 2.0 * share * share * (3.0 - 2.0 * share), np.radians(turn)
    uniforms = actor.GetShaderProperty().GetFragmentCustomUniforms()
    uniforms.SetUniformf(_SIDE, side)
    uniforms.SetUniform2f(_TURN, [float(np.cos(angle)), float(np.sin(angle))])


def fully_lit(actor: pyvista.Actor, colour: Colour) -> None:
    """Say which sRGB an actor's surface has in full light: where its own is darker, less light arrives to be mirrored.

    So dark skin shines as fair skin does, and folds do not.
    """
    uniforms = actor.GetShaderProperty().GetFragmentCustomUniforms()
    uniforms.SetUniformf(_FULLY_LIT, float(np.mean(np.power(colour, GAMMA))))


def apply_fragment(actor: pyvista.Actor, glsl: str) -> None:
    """Let GLSL that writes `gl_FragData[0]`, from `normalVCVSOutput` and what VTK has, colour an actor."""
    properties = actor.GetShaderProperty()
    properties.ClearFragmentShaderReplacement(_PLACE, True)
    properties.AddFragmentShaderReplacement(_PLACE, True, f"{glsl}\n        {_PLACE}", False)


def _fragment(shaded: str) -> str:
    """GLSL that computes in linear light and leaves an sRGB colour."""
    return f"""{{
        vec3 N = normalize(normalVCVSOutput);
        vec3 albedo = pow(diffuseColor, vec3({GAMMA}));
        {shaded}
        gl_FragData[0] = vec4(pow(clamp(shaded, 0.0, 1.0), vec3({1 / GAMMA:.5f})), opacity);
        }}"""
