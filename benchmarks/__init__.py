"""Timings against what a user would take instead; see README.md here."""
