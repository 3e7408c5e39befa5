"""個人番号カード at the reader: what a kiosk can ask of a card, and a virtual one that behaves like it."""
