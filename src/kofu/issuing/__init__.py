"""証明書自動交付システム: feeds in, eligibility, certificate, last look, release, journal."""
