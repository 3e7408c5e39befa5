"""収納: files of all channels, 消込, the order of receipt, 仮受, 会計日, the till."""
