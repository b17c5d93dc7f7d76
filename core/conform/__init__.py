"""A studio's own topology: registered once to the production mesh, and carried by it to every head from then on."""
