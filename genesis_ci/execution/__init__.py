"""A run from its trigger to its outcome: pure decisions, and the one loop that obeys them."""
