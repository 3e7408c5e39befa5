"""The conformance kit: a third party's ward server is put through the published contract, clause by clause.

It knows the contract and nothing of kofu's own ward. It makes real requests: use it on a test system only.
"""
