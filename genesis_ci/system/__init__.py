"""The operating system: files, signals, threads, standard output."""
