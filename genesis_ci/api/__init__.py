"""The Genesis API: transport, wire format, errors and retry rules."""
