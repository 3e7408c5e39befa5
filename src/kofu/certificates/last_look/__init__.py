"""The last look (最終照合): reads the finished paper back and compares it with the facts, by code of its own."""
