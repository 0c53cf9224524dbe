"""Runs any procedure durably on Temporal: one interpreter, one clock, one plugin."""
