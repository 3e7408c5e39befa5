"""Certificates of the machines that take part: until when each is good."""
