"""公的個人認証 (JPKI), reference stand-in: the authority of 利用者証明用電子証明書, its OCSP answers and its CRL.

Certificate profile, object identifiers and addresses of the real authority are not public enough to be imitated; these
certificates say in their names that they are specimens.
"""
