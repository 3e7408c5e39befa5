"""Real processes on real networks, killed, cut off from one another and replaced while they serve.

Three machines of `issuing` behind a TCP balancer, a PostgreSQL with a synchronous standby, and the reference centre's
own line that asks over mutual TLS at a steady rate and keeps every answer. What came of it is judged by `kofu prove
check`, which shares nothing with the product, and by what the centre saw.

::

    centre ──► balancer ──┬─► issuing 1 ─┐
    (one namespace)       ├─► issuing 2 ─┼─► PostgreSQL a ══ synchronous ══ PostgreSQL b
                          └─► issuing 3 ─┘

Each box is a network namespace on one bridge, so that the line between any two can be cut without a word to either.
"""
