"""公的個人認証 (JPKI), reference stand-in: the authority of 利用者証明用電子証明書, its OCSP answers and its CRL.

Its certificates have the shape the authority publishes (公的個人認証サービス プロファイル仕様書): keyUsage and the
policy of user authentication. Their names say that they are specimens, and only who names this authority takes them.
"""
