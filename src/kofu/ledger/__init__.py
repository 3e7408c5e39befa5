"""税務情報トータルシステム (収納管理): writes the daily feed."""
