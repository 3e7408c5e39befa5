"""People and unattended jobs at the command line: who opened a session, what they may do, what stands on record.

Nothing here but `login` needs Django: the kill switch starts without it.
"""
