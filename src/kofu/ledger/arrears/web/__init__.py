"""Screens of arrears: 督促, 時効 and 不納欠損, 延滞金減免."""
