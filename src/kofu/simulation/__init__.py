"""The simulator: kiosks, centre, registry, feeds, staff and faults by one seed, on the real use cases and database.

Nothing of it runs in production, and nothing there knows of it: where it lets actors stand, kills them or cuts their
connections, it does so from outside, by a connection class of its own and by wrapping two functions while it runs.
"""
