"""The operations console of 証明書自動交付システム: one folder per topic, as in `kofu.staff.registry`."""
