"""What stands beside the viewport: parts, variants, history."""
