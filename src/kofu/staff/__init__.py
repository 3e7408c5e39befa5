"""Staff screens' ground: accounts, who may do what, the record of every visit, the page design.

Installed by every system that has screens for staff (`ledger`, `issuing`), each with its own database and so its own
accounts. How to add a screen: docs/how-to/staff-screens.md.
"""
