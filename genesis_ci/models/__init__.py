"""Values of configuration, runs and reports. No I/O."""
