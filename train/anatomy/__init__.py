"""From one head and its landmarks to the anatomy of a topology."""
