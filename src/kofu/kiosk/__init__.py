"""キオスク端末: the web kiosk a resident stands at."""
