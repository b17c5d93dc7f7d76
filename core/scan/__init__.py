"""From a scan to codes, and what codes cannot say of it."""
