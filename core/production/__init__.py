"""The production mesh: heads on an artist-made topology, with eyes, teeth, joints and the standard blendshapes."""
