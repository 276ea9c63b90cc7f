"""What has to answer before anything is triggered: pure decisions, and the asking."""
