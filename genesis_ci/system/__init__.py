"""The operating system: files, signals, standard output."""
