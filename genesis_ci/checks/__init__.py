"""What a completed run must show: expectations of its outputs, and the tests that they list."""
