"""調査票 and 全件停止: what must be explained, and what stops everything."""
