"""The Genesis API: its calls, wire format and refusals."""
