"""What the files of all features are made of: fixed widths, cells, kana, character sets, layouts as data."""
