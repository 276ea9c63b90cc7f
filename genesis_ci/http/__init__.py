"""Sends HTTP requests: follows no redirect, and bounds each answer in time and size."""
