"""Scenarios: files that tell what happens to an account over weeks and what must be true, on virtual time, on either driver."""
