"""Bytes to records: pickles, torch containers and neutral files as data. Nothing of a file is ever run."""
