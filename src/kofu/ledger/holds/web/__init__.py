"""Screens of 発行停止 and 更正処理中: who cannot have a certificate now, why, since when; set, settle, lift."""
