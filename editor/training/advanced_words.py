"""What the fields under Advanced are called: the configuration's own names are for files and command lines."""

from __future__ import annotations

from types import MappingProxyType

TITLES = MappingProxyType(
    {
        "also": "Further sources",
        "shares": "Shares of the sources",
        "subjects": "Most subjects of a source",
        "steps": "Steps",
        "seed": "Seed of the random numbers",
        "codes": "Codes start at",
        "collar": "Carry residuals of swaps",
        "face_landmarks": "Same landmarks for all parts",
        "template_share": "Share for the template",
        "stage_share": "Share for the parts",
        "decay": "Learning rates fall",
        "heads": "Heads a step",
        "stage_points": "Points of a part",
        "surface_points": "Points on the surface",
        "space_points": "Points off the surface",
        "pool_heads": "Heads sampled ahead",
        "pool_renewal": "Steps between renewals",
        "pool_points": "Points of a sampled head",
        "sdf_learning_rate": "Learning rate, template",
        "end_sdf_learning_rate": "Learning rate, template, at the end",
        "learning_rate": "Learning rate, parts",
        "end_learning_rate": "Learning rate, whole head alone",
        "code_learning_rate": "Learning rate, codes",
        "held_out_seconds": "Seconds between measurements",
        "wide": "Share of wide subjects",
        "ages": "Ages of wide subjects",
        "noses": "Share of changed noses",
        "expressions": "Expressions a subject",
        "width": "Width of the local fields",
        "layers": "Layers of a local field",
        "hyper_width": "Width of the HyperNets",
        "blend_width": "Width of the blending",
        "landmark_width": "Width of the landmark networks",
        "sdf_width": "Width of SDFNet",
        "omega": "Frequency ω₀ of the parts",
        "sdf_omega": "Frequency ω₀ of SDFNet",
        "windows": "Windows of the parts",
        "direct": "Codes reach the heads directly",
    }
)
"""By the field's name; loss terms are called as in the panel."""

CHOICES = MappingProxyType(
    {
        "principal": "principal components",
        "random": "random numbers",
        "cosine": "along a cosine",
        "paper": "in steps, as in the paper",
        "all": "all ages",
        "children": "children alone",
    }
)
"""By the value of a field that has one of a few."""

EMPTY = MappingProxyType(
    {
        "also": "none; several are separated by semicolons",
        "shares": "equal; several are separated by spaces",
        "subjects": "all",
        "steps": "as many as the minutes allow",
    }
)
"""What an empty field stands for, by its name."""
