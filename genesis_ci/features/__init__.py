"""One file for each feature: its configuration, its decisions, and what it says."""
