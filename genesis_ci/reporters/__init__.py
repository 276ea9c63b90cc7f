"""Reports: each module turns a `RunReport` into one format's text and touches nothing else."""
