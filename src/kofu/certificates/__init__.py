"""What a certificate says, its form versions, the last look and the release (kiosk and counter alike)."""
