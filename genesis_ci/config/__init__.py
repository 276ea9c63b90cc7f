"""The inputs: where their values come from and what they mean."""
