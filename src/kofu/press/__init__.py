"""Paper from forms: typst forms with named fields, glyph coverage, PDF/A."""
