"""送ったファイル: kept sealed, listed, each with the day its answer is expected."""
