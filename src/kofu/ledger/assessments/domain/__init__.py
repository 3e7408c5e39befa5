"""Decisions of assessments: values and pure functions."""
