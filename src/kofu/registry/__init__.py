"""既存住民基本台帳システム + 住基ネット: reference stand-in for residents and card-certificate serials."""
