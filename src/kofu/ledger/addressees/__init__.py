"""宛名: register, people outside the ward, 統合, 支援措置 as the registry knows it."""
