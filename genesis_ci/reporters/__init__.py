"""Reports: each module turns a `JobReport` into one format's text and touches nothing else."""
