"""Looks from outside at what is issued: attestation, the fence, 再照合, 突合."""
