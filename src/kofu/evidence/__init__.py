"""The evidence (評価書の約束と証拠): every sentence the ward's assessment promises, and the look that shows it is kept.

`promises.toml` has the sentences in their own words, with who answers for each; `checks.toml` the looks, each a
function that asks what runs now. A system brings looks of its own; this layer knows none of them by import.
"""
