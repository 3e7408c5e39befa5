"""Whether a feed may serve: gates as pure rules over rows and figures, with their bounds as values (P6).

`issuing` judges what it is about to activate, `ledger` what it is about to send, by the same rules. Nothing here reads
a clock, a file or a database: rows come as polars frames, figures as numbers, bounds from the profile.

::

    rows     each row by itself         ─► problem (hard) │ row held │ counted warning   rows, arithmetic, years, marks
    identity rows against the registry  ─► problem (hard) │ row held │ match rate        identity, fitting
    change   figures against yesterday  ─► figure beside its bound                       change
                                                │
                                     findings + figures ─► verdict: activate │ hold │ refuse
"""
