"""What every paper is decided by, kiosk and counter alike: reasons, standing, steps, numbers. Pure."""
