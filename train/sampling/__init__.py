"""What a step learns from: heads put together, and points on and about them."""
