"""What a use case of `issuing` stands on: clock, identities, the audit lane, who acts."""
