"""The ground a system stands on: settings, database, audit chain, TLS, server start."""
