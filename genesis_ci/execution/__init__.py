"""Runs each workflow from its trigger to its outcome: pure decisions and one event loop."""
