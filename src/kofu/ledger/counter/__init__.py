"""窓口証明: certificates issued at the counter of the ward."""
