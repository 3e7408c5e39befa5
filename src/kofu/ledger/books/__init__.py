"""The heart: double entries, claims, 延滞金, 充当, 時効, quotes, the checker. Nothing of a feature in it."""
