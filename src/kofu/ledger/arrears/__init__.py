"""滞納整理: 督促, 停止, 猶予, 差押, 不納欠損, and undoing them."""
